"""HPARAMS of the study of six runs, as TensorBoard answers its page."""

import json
from urllib.request import Request, urlopen

import pytest

from narrows.runs.record import read
from support import arms_study
from support.six_runs import RUNS, records


def hparams(address: str, route: str, request: dict) -> dict:
    body = json.dumps(request).encode()
    with urlopen(
        Request(f"{address}/data/plugin/hparams/{route}", body, {"Content-Type": "application/json"})
    ) as answer:
        return json.load(answer)


def read_columns(address: str) -> dict:
    return hparams(address, "experiment", {"experimentName": "", "includeMetrics": True})


def read_rows(address: str, experiment: dict) -> list[dict]:
    columns = [{"metric": info["name"], "order": "ORDER_UNSPECIFIED"} for info in experiment["metricInfos"]]
    columns += [{"hparam": info["name"], "order": "ORDER_UNSPECIFIED"} for info in experiment["hparamInfos"]]
    request = {"allowedStatuses": ["STATUS_SUCCESS"], "colParams": columns, "startIndex": 0, "sliceSize": 100}
    return hparams(address, "session_groups", request)["sessionGroups"]


@pytest.fixture(scope="module")
def experiment(address) -> dict:
    return read_columns(address)


@pytest.fixture(scope="module")
def rows(address, experiment) -> list[dict]:
    return read_rows(address, experiment)


def test_hparams_has_the_same_full_columns_in_every_row(experiment, rows):
    assert len(rows) == len(RUNS)
    metrics = {_tag(info) for info in experiment["metricInfos"]}
    for row in rows:
        assert row["hparams"].keys() == rows[0]["hparams"].keys() > set(_names(experiment))
        assert {_tag(value) for value in row["metricValues"]} == metrics
        assert not {None, "", "NaN", "None"} & set(row["hparams"].values())
        assert all(value["value"] > 0 or _tag(value) == "run/active_units" for value in row["metricValues"])
    assert "hp_metric" not in metrics


def _names(experiment: dict) -> list[str]:
    return [info["name"] for info in experiment["hparamInfos"]]


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


def test_the_columns_of_a_study_are_what_it_varies(experiment):
    assert _names(experiment) == ["model.bottleneck", "code.name"]
    assert all(info["differs"] for info in experiment["hparamInfos"])


def test_arms_and_axes_that_some_runs_lack_are_columns(arms_address):
    """`code.active` of the arm without it is – and not 0, which would be a level."""
    experiment = read_columns(arms_address)
    assert _names(experiment) == list(arms_study.AXES)
    rows = {row["sessions"][0]["name"]: row["hparams"] for row in read_rows(arms_address, experiment)}
    for name, levels in arms_study.RUNS.items():
        shown = (levels["arm"], str(levels.get("code.active", "–")), levels["seed"])
        assert (rows[name]["arm"], rows[name]["code.active"], rows[name]["seed"]) == shown


def test_what_the_study_asks_about_is_first_with_the_words_of_the_study(arms_address, arms):
    experiment = read_columns(arms_address)
    assert [_tag(info) for info in experiment["metricInfos"][:2]] == arms_study.METRICS
    assert [info["displayName"] for info in experiment["metricInfos"][:2]] == ["classification error", "error"]
    for row in read_rows(arms_address, experiment):
        accuracy = read(arms / row["sessions"][0]["name"]).metrics["test/probe"]
        shown = {_tag(value): value["value"] for value in row["metricValues"]}
        assert shown["test/probe_error"] == pytest.approx(1 - accuracy, rel=1e-6)  # which the record does not hold


def test_several_studies_share_one_table_of_every_knob(both_address):
    experiment = read_columns(both_address)
    axes = ["arm", "code.active", "seed", "model.bottleneck", "code.name"]  # by the names of the studies' folders
    assert _names(experiment)[:5] == axes
    assert [info["name"] for info in experiment["hparamInfos"] if info["differs"]] == axes
    assert {"optimizer.lr", "model.widths", "data.train_size"} < set(_names(experiment))
    assert [_tag(info) for info in experiment["metricInfos"][:2]] == arms_study.METRICS
    assert len(read_rows(both_address, experiment)) == len(RUNS) + len(arms_study.RUNS)
