"""HPARAMS of the study of six runs, as TensorBoard answers its page."""

import json
from urllib.request import Request, urlopen

import pytest

from support.six_runs import RUNS, records


def hparams(address: str, route: str, request: dict) -> dict:
    body = json.dumps(request).encode()
    with urlopen(
        Request(f"{address}/data/plugin/hparams/{route}", body, {"Content-Type": "application/json"})
    ) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def experiment(address) -> dict:
    return hparams(address, "experiment", {"experimentName": "", "includeMetrics": True})


@pytest.fixture(scope="module")
def rows(address, experiment) -> list[dict]:
    columns = [{"metric": info["name"], "order": "ORDER_UNSPECIFIED"} for info in experiment["metricInfos"]]
    columns += [{"hparam": info["name"], "order": "ORDER_UNSPECIFIED"} for info in experiment["hparamInfos"]]
    request = {"allowedStatuses": ["STATUS_SUCCESS"], "colParams": columns, "startIndex": 0, "sliceSize": 100}
    return hparams(address, "session_groups", request)["sessionGroups"]


def test_hparams_has_the_same_full_columns_in_every_row(experiment, rows):
    assert len(rows) == len(RUNS)
    knobs, metrics = (
        {info["name"] for info in experiment["hparamInfos"]},
        {_tag(i) for i in experiment["metricInfos"]},
    )
    for row in rows:
        assert row["hparams"].keys() == knobs
        assert {_tag(value) for value in row["metricValues"]} == metrics
        assert not {None, "", "NaN", "None"} & set(row["hparams"].values())
        assert all(value["value"] > 0 or _tag(value) == "run/active_units" for value in row["metricValues"])
    assert "hp_metric" not in metrics


def _tag(value: dict) -> str:
    return value["name"]["tag"]


def test_hparams_metrics_are_those_of_the_records(rows, folder):
    for name, record in records(folder).items():
        (row,) = [row for row in rows if row["sessions"][0]["name"] == name]
        shown = {_tag(value): value["value"] for value in row["metricValues"]}
        common = shown.keys() & record.metrics.keys()
        assert {"test/mse", "train/mse", "pca/mse", "test/loss"} <= common
        assert {tag: shown[tag] for tag in common} == pytest.approx(
            {tag: record.metrics[tag] for tag in common}, rel=1e-6
        )
        assert shown["objective/mse"] == pytest.approx(record.objective(), rel=1e-6)
        assert shown["run/seconds"] == pytest.approx(record.seconds, rel=1e-6)
        assert row["hparams"]["data.train_size"] == 512


def test_what_the_study_varies_is_ticked_first(experiment):
    first = [info["name"] for info in experiment["hparamInfos"]][:5]
    assert {"model.bottleneck", "code.name"} <= set(first)
    assert all(info["differs"] for info in experiment["hparamInfos"][:5])
