"""The study of six runs through TensorBoard's HTTP routes."""

import json
from io import BytesIO
from urllib.request import urlopen

import pytest
from PIL import Image

from support.six_runs import RUNS, records


def test_every_run_is_there_and_the_summary(get):
    assert set(json.loads(get("runs"))) == {*RUNS, "summary"}


def test_curves_and_final_metrics_are_those_of_the_records(get, folder):
    tags = json.loads(get("plugin/scalars/tags"))
    for name, record in records(folder).items():
        assert set(tags[name]) >= record.curves.keys() | record.metrics.keys()
        for tag, value in record.metrics.items():
            ((_, step, shown),) = json.loads(get("plugin/scalars/scalars", run=name, tag=tag))
            assert (step, shown) == (2, pytest.approx(value, rel=1e-6))
        curve = json.loads(get("plugin/scalars/scalars", run=name, tag="train/loss"))
        assert [step for _, step, _ in curve] == [1, 2]
        assert [value for *_, value in curve] == pytest.approx(record.curves["train/loss"], rel=1e-6)


def test_every_run_has_pictures_that_can_be_opened_and_say_what_they_show(get, address):
    tags = json.loads(get("plugin/images/tags"))
    for name in RUNS:
        assert {"reconstruction/test_images", "reconstruction/worst", "weights/first_layer"} <= tags[name].keys()
        assert ("code/manifold" in tags[name]) == ("code/labels" in tags[name]) == name.endswith("2")
        assert ("code/traversals" in tags[name]) == name.endswith("3")
        assert ("code/prior" in tags[name]) == ("variational" in name)
        assert all(about["description"] for about in tags[name].values())
    assert [name for name in RUNS if "reconstruction/corrupted" in tags[name]] == [list(RUNS)[1]]
    (_, last) = json.loads(get("plugin/images/images", run=name, tag="reconstruction/test_images", sample="0"))
    assert last["step"] == 2
    with urlopen(f"{address}/data/plugin/images/individualImage?{last['query']}") as answer:
        assert Image.open(answer).size == (8 * (2 * 28 + 2) + 2, 4 * (2 * 28 + 2) + 2)


def test_the_summary_has_the_reports_figures_and_table(get):
    assert set(json.loads(get("plugin/images/tags"))["summary"]) >= {"report/error", "report/curves"}
    assert set(json.loads(get("plugin/text/tags"))["summary"]) == {"report/answer", "report/table"}


def test_training_and_validation_are_one_chart(get):
    groups = json.loads(get("plugin/custom_scalars/layout"))["category"]
    (chart,) = next(group for group in groups if group["title"] == "loss")["chart"]
    assert chart["multiline"]["tag"] == ["^train/loss$", "^val/loss$"]


def test_each_code_unit_has_a_distribution(get):
    tags = json.loads(get("plugin/distributions/tags"))
    for name, levels in RUNS.items():
        assert set(tags[name]) == {f"code/unit{unit:02}" for unit in range(1, levels["model.bottleneck"] + 1)}


def test_the_projector_has_codes_labels_errors_and_thumbnails(get, folder):
    assert set(json.loads(get("plugin/projector/runs"))) == set(RUNS)
    for name in RUNS:
        (info,) = json.loads(get("plugin/projector/info", run=name))["embeddings"]
        points, width = info["tensorShape"]
        assert (points, width) == (500, 3)
        lines = get("plugin/projector/metadata", run=name, name=info["tensorName"]).decode().splitlines()
        assert lines[0] == "label\tsquared error"
        assert len(lines) == points + 1
        errors = [float(line.split("\t")[1]) for line in lines[1:]]
        expected = records(folder)[name].metrics["test/mse"]  # of the same 500 images
        assert sum(errors) / points == pytest.approx(expected, abs=1e-4)
        sprite = Image.open(BytesIO(get("plugin/projector/sprite_image", run=name, name=info["tensorName"])))
        across, down = info["sprite"]["singleImageDim"]
        assert sprite.width // across * (sprite.height // down) >= points


def test_the_graph_and_the_table_show_every_layer(get):
    name = next(iter(RUNS))
    graph = get("plugin/graphs/graph", run=name).decode()
    table = get("plugin/text/text", run=name, tag="run/layers").decode()
    assert 'op: "Linear"' in graph
    assert 'input: "images"' in graph
    assert "decoder.6" in table
    assert "784" in table
