"""A study of six runs as TensorBoard itself serves it, and as a browser shows it."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from PIL import Image

from narrows import report
from narrows.board import links, server
from narrows.board.projector import SPRITE, thumbnails
from narrows.run import run
from narrows.runs import record, study
from narrows.runs.study import Study
from support.configs import REPOSITORY, tiny

AXES = {"model.bottleneck": [2, 3], "code": ["plain", "variational", "quantised"]}
RUNS = {
    f"code-{c}_bottleneck-{b}": {"model.bottleneck": b, "code": c}
    for b in AXES["model.bottleneck"]
    for c in AXES["code"]
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Six runs of three kinds and their report; nothing is held out of one, another one is corrupted."""
    folder = tmp_path_factory.mktemp("study")
    study.write(Study(name="six", question="Which?", command="none", axes=AXES, runs=RUNS), folder)
    for number, (name, levels) in enumerate(RUNS.items()):
        own = {0: ["data.val_size=0"], 1: ["corruption=masking"]}.get(number, [])
        overrides = [f"{key}={level}" for key, level in levels.items()]
        run(tiny("logger=tensorboard", "objective=bce", *overrides, *own), folder / name)
    report.write(folder)
    return folder


@pytest.fixture(scope="module")
def address(folder) -> str:
    return server.start(folder)


@pytest.fixture(scope="module")
def get(address):
    def fetch(route: str, **query: str) -> bytes:
        with urlopen(f"{address}/data/{route}?{urlencode(query)}") as answer:
            return answer.read()

    return fetch


def records(folder: Path) -> dict[str, record.Record]:
    return {name: record.read(folder / name) for name in RUNS}


# --- its HTTP routes


def test_every_run_is_there_and_the_summary(get):
    assert set(json.loads(get("runs"))) == {*RUNS, "summary"}


def test_curves_and_final_metrics_are_those_of_the_records(get, folder):
    tags = json.loads(get("plugin/scalars/tags"))
    for name, one in records(folder).items():
        assert set(tags[name]) >= one.curves.keys() | one.metrics.keys()
        for tag, value in one.metrics.items():
            ((_, step, shown),) = json.loads(get("plugin/scalars/scalars", run=name, tag=tag))
            assert (step, shown) == (2, pytest.approx(value, rel=1e-6))
        curve = json.loads(get("plugin/scalars/scalars", run=name, tag="train/loss"))
        assert [step for _, step, _ in curve] == [1, 2]
        assert [value for *_, value in curve] == pytest.approx(one.curves["train/loss"], rel=1e-6)


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
        expected = record.read(folder / name).metrics["test/mse"]  # of the same 500 images
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
    for name, one in records(folder).items():
        (row,) = [row for row in rows if row["sessions"][0]["name"] == name]
        shown = {_tag(value): value["value"] for value in row["metricValues"]}
        common = shown.keys() & one.metrics.keys()
        assert {"test/mse", "train/mse", "pca/mse", "test/loss"} <= common
        assert {tag: shown[tag] for tag in common} == pytest.approx({tag: one.metrics[tag] for tag in common}, rel=1e-6)
        assert shown["objective/mse"] == pytest.approx(one.objective(), rel=1e-6)
        assert shown["run/seconds"] == pytest.approx(one.seconds, rel=1e-6)
        assert row["hparams"]["data.train_size"] == 512


def test_what_the_study_varies_is_ticked_first(experiment):
    first = [info["name"] for info in experiment["hparamInfos"]][:5]
    assert {"model.bottleneck", "code.name"} <= set(first)
    assert all(info["differs"] for info in experiment["hparamInfos"][:5])


# --- around it


def test_links_name_the_best_run_and_open_where_the_server_is(folder, address):
    found = links.links(folder, address)
    done = records(folder)
    best = min(done, key=lambda name: done[name].objective())
    assert found["the best run by validation error"] == f"{address}/?runFilter=%5E{best}%24#timeseries"
    assert address.startswith("http://127.0.0.1:")


def test_the_script_serves_on_loopback_until_it_is_stopped(folder):
    command = [sys.executable, str(REPOSITORY / "scripts" / "board.py"), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline().split()[0]
        assert address.startswith("http://127.0.0.1:")
        with urlopen(f"{address}/data/runs") as answer:
            assert json.load(answer) is not None
        process.send_signal(signal.SIGINT)
        out, err = process.stdout.read(), process.stderr.read()  # `communicate` forgets what `readline` read ahead
    assert (process.returncode, err) == (0, "")
    assert f"{address}/#hparams" in out
    with pytest.raises(URLError):
        urlopen(f"{address}/data/runs")


def test_nothing_to_show_is_one_line(tmp_path):
    with pytest.raises(ValueError, match="nothing for TensorBoard"):
        server.start(tmp_path)
    with pytest.raises(ValueError, match="no such folder"):
        server.start(tmp_path / "nowhere")


@pytest.mark.parametrize("size", [4, 28, 300, 2000])
def test_a_sprite_fits_into_what_a_browser_takes(size):
    import torch

    small = thumbnails(torch.rand(40, 1, size, size // 2))
    assert max(small.shape[2:]) <= min(size, SPRITE // 7)
    assert small.shape[2] >= small.shape[3] >= 1


# --- in a browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--use-gl=angle",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]


@pytest.fixture(scope="module")
def browser() -> Iterator:
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@pytest.fixture
def page(browser) -> Iterator:
    page = browser.new_page(viewport={"width": 1500, "height": 1000})
    page.set_default_timeout(90_000)  # a machine that is busy with other tests
    yield page
    page.close()


def test_hparams_shows_a_runs_final_error(page, address, folder):
    page.goto(f"{address}/#hparams")
    page.get_by_text("Trial ID").wait_for()
    for one in records(folder).values():
        page.locator(f"text='{one.metrics['test/mse']:#.5g}' >> visible=true").first.wait_for()


def test_time_series_shows_a_runs_final_error(page, address, folder):
    name, one = next(iter(records(folder).items()))
    page.goto(links.timeseries(address, runs=f"^{name}$", tags="test/mse"))
    page.get_by_text("Tags matching filter").wait_for()
    page.get_by_text(f"{one.metrics['test/mse']:.4g}"[:5]).first.wait_for()


def test_images_shows_pictures_of_every_run(page, address):
    page.goto(f"{address}/#images")
    page.locator("tf-image-loader img").nth(len(RUNS)).wait_for()
    page.wait_for_load_state("networkidle")
    widths = page.locator("tf-image-loader img").evaluate_all("images => images.map(one => one.naturalWidth)")
    assert len(widths) > len(RUNS)
    assert min(widths) > 100
    for name in RUNS:
        page.get_by_text(name).first.wait_for()


def test_the_projector_shows_every_point(page, address):
    page.goto(f"{address}/#projector")
    page.frame_locator("iframe").frame_locator("iframe").get_by_text("Points: 500").wait_for()
