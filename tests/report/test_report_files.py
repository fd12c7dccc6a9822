"""The report's files: page, tables, TensorBoard run, pictures, and any grid with any holes."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from narrows import report
from narrows.errors import UserError
from narrows.report import write_report
from narrows.report.figures.heatmap import heatmap
from narrows.report.figures.learning_curves import curves
from narrows.report.figures.lines import error
from narrows.report.figures.reconstructions import median_runs, reconstructions
from narrows.report.figures.style import PIXELS, pixels
from narrows.report.tables.cell_tables import cell_tables
from narrows.report.tables.text_tables import as_text
from narrows.runs import record
from narrows.runs.study_checksum import study_checksum
from narrows.stats import grid as grids
from support.configs import configure
from support.made_up_study import ACTIVATION, BOTTLENECK, GRID, make, noisy


@pytest.fixture
def plain(monkeypatch) -> Iterator[None]:
    """Without figures, which take seconds."""
    monkeypatch.setattr(write_report, "CHARTS", [])
    yield


def test_runs_that_did_not_finish_are_counted_named_and_marked(tmp_path, plain):
    status = {0: "failed", 1: "missing", 2: "damaged", 3: "interrupted", 4: "missing"}
    page = report.write(make(tmp_path, GRID, noisy, status)).page.read_text()
    cells = pd.read_csv(tmp_path / "report/summary.csv")
    counted = cells[["planned", "done", "failed", "interrupted", "missing", "n"]].to_numpy().tolist()
    assert counted[:3] == [[4, 0, 2, 1, 1, 0], [4, 3, 0, 0, 1, 3], [4, 4, 0, 0, 0, 4]]
    assert cells["complete"].tolist() == 2 * [False] + 4 * [True]
    assert len(pd.read_csv(tmp_path / "report/runs.csv")) == 24
    assert "5 of 24 runs did not finish (2 failed, 1 interrupted, 2 missing)" in page
    assert "damaged record.json" in page and "the loss became nan" in page
    shown = as_text(cell_tables(grids.read(tmp_path))[0])
    assert shown["relu"].tolist()[0] == "– (0)†" and shown["leaky_relu"].tolist()[0].endswith("(3)†")
    assert "†" not in "".join(shown.iloc[1:].to_numpy().ravel())


def test_a_study_in_which_all_failed_has_a_report(tmp_path):
    page = report.write(make(tmp_path, {"seed": [0, 1]}, noisy, {0: "failed", 1: "missing"})).page.read_text()
    assert "none of the 2 planned runs finished" in page


def test_the_whole_report(tmp_path):
    folder = make(tmp_path, GRID, noisy, {3: "missing"})
    page = report.write(folder).page
    html = page.read_text()
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', html)
    assert len(sources) == 3 and all(source.startswith("data:image/png;base64,") for source in sources)
    assert "<script" not in html and "http" not in re.sub(r'src="[^"]*"', "", html)
    assert "The figure “reconstructions” is left out: run run" in html and "has no checkpoint" in html
    names = {path.relative_to(page.parent).as_posix() for path in page.parent.rglob("*.*")}
    drawn = {f"figures/{name}.{kind}" for name in ("error", "heatmap", "curves") for kind in ("png", "pdf")}
    tables = {"runs.csv", "summary.csv", "differences.csv", "table.tex", "methods.tex", "report.md", "report.html"}
    assert names == drawn | tables | {".sources"}
    _check_board(folder)


def _check_board(folder: Path) -> None:
    events = EventAccumulator(str(folder / "summary")).Reload()
    assert events.Tags()["images"] == ["report/error", "report/heatmap", "report/curves"]
    assert events.Images("report/error")[0].width == 1380
    (text,) = events.Tensors("report/table")
    assert "leaky_relu" in text.tensor_proto.string_val[0].decode()


def test_evaluations_that_were_added_later_are_a_command_of_the_page(tmp_path, plain):
    folder = make(tmp_path, GRID, noisy, {2: "failed"}, fixed={"evaluation": ["reconstruction"]})
    assert "narrows evaluate" not in report.write(folder).page.read_text()
    for run, names in {"run0": ["probe"], "run1": ["units", "probe"], "run2": ["gaps"]}.items():
        evaluated = record.read(folder / run)
        evaluated.config["evaluation"] = ["reconstruction", *names]
        record.write(evaluated, folder / run)
    line = f"narrows evaluate {folder} &#39;evaluation=[probe,units]&#39;"
    assert f"<dt>evaluations added later</dt><dd><code>{line}</code>" in report.write(folder).page.read_text()
    markdown = (folder / "report/report.md").read_text()
    assert f"- evaluations added later: `narrows evaluate {folder} 'evaluation=[probe,units]'`" in markdown


def test_figures_are_written_at_the_width_that_is_asked_for(tmp_path):
    folder = make(tmp_path, GRID, noisy)
    for width, inches in (("column", 3.3), ("page", 6.9), ("slide", 10)):
        report.write(folder, width=width)
        assert pixels(folder / "report/figures/error.png")[0] == inches * PIXELS
    with pytest.raises(UserError, match=r"report\.width=wide: choose from column, page, slide"):
        report.write(folder, width="wide")
    assert (folder / "report/report.html").is_file()


def test_a_report_that_is_written_again_keeps_its_width(tmp_path, plain):
    folder = make(tmp_path, GRID, noisy)

    def command(width: str | None) -> str:
        """The command on the page of a report written at this width."""
        page = report.write(folder, width=width).page.read_text()
        return page[page.index("narrows report") :].split("<")[0]

    assert "report.width" not in command(None)
    assert "report.width=column" in command("column")
    assert "report.width=column" in command(None)
    assert report.is_current(folder) and report.is_current(folder, "column") and not report.is_current(folder, "page")
    assert "report.width" not in command("page")
    assert "report.width" not in command(None)


def test_the_report_of_an_earlier_version_has_the_default_width(tmp_path, plain):
    folder = make(tmp_path, GRID, noisy)
    report.write(folder)
    (folder / "report/.sources").write_text(study_checksum([folder]), "ascii")
    assert report.is_current(folder, "page") and not report.is_current(folder, "column")


def test_a_second_report_takes_the_place_of_the_first(tmp_path, plain):
    folder = make(tmp_path, GRID, noisy)
    report.write(folder)
    (folder / "report/old").touch()
    report.write(folder)
    assert not (folder / "report/old").exists()
    assert len(list((folder / "summary").iterdir())) == 1
    assert not list(folder.glob(".report-*"))


def test_an_error_leaves_the_old_report(tmp_path, plain, monkeypatch):
    folder = make(tmp_path, GRID, noisy)
    before = report.write(folder).page.read_text()
    monkeypatch.setattr(write_report.page, "write", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        report.write(folder)
    assert (folder / "report/report.html").read_text() == before
    assert not list(folder.glob(".report-*"))


def test_latex_escapes_and_uses_booktabs(tmp_path, plain):
    report.write(make(tmp_path, GRID, noisy, {3: "missing"}))
    source = (tmp_path / "report/table.tex").read_text()
    assert (
        r"\toprule" in source and r"leaky\_relu" in source and r"$\pm$" in source and r"{\rlap{$^\dagger$}}" in source
    )
    assert source.isascii()


def test_the_picture_of_a_level_is_its_median_run(tmp_path):
    scores = [0.3, 0.1, 0.2]
    grid = grids.read(make(tmp_path, {"seed": [0, 1, 2]}, lambda levels: scores[levels["seed"]]))
    assert median_runs(grid) == {"reconstructed": "run2"}


def test_pictures_of_every_bottleneck(tmp_path):
    import torch

    from narrows.build import build as build_model
    from narrows.config.catalogue import CATALOGUE
    from narrows.config.slots import Linear, Plain

    folder = make(tmp_path, {BOTTLENECK: [2, 4]}, noisy)
    for number, bottleneck in enumerate((2, 4)):
        model = Linear(name="linear", bottleneck=bottleneck, init="default", output="sigmoid", tied=False)
        code = Plain(name="plain", activation="identity")
        weights = build_model(model, code, (1, 28, 28), torch.Generator()).state_dict()
        sections = {"model": model, "code": code, "objective": configure().objective}
        card = {"config": {name: section.model_dump() for name, section in sections.items()}, "shape": [1, 28, 28]}
        content = {"narrows": card, "state_dict": {f"autoencoder.{name}": value for name, value in weights.items()}}
        torch.save(content, folder / f"run{number}/best.ckpt")
        written = record.read(folder / f"run{number}")
        written.data.checksum = CATALOGUE["mnist5k"].checksum
        record.write(written, folder / f"run{number}")
    labels = [axes.get_ylabel() for axes in reconstructions(grids.read(folder)).axes]
    assert labels == ["original", "bottleneck 2", "bottleneck 4"]
    (folder / "run0/best.ckpt").write_bytes(b"broken")
    with pytest.raises(UserError, match="truncated"):
        reconstructions(grids.read(folder))


@pytest.mark.parametrize("content", [None, "{", '{"name": "n", "question": "", "command": "", "axes": {}, "runs": {}}'])
def test_a_folder_that_is_no_study_is_refused_in_one_line(tmp_path, content):
    folder = tmp_path / "not_a_study"
    folder.mkdir()
    if content:
        (folder / "study.json").write_text(content)
    with pytest.raises(UserError, match="not_a_study") as caught:
        report.write(folder)
    assert "\n" not in str(caught.value)


def test_the_script_ends_with_status_2_and_one_line():
    script = Path(__file__).parents[2] / "scripts/report.py"
    done = subprocess.run([sys.executable, script, "nowhere"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "error: nowhere: no study.json in it; name the folder of a study, outputs/<study>\n"


def test_importing_the_report_is_cheap():
    code = "import sys, narrows.report; sys.exit(any(m in sys.modules for m in ('pandas', 'matplotlib', 'torch')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


AXES = {
    BOTTLENECK: [2, 4, 8],
    ACTIVATION: ["relu", "elu", "tanh"],
    "model.widths": [[4], [4, 2]],
    "optimizer.weight_decay": [0, 0.1],
    "data.train_size": [10, None],
    "seed": [0, 1, 2, 3],
}


@st.composite
def any_grids(draw):
    keys = draw(st.lists(st.sampled_from(list(AXES)), unique=True, max_size=3))
    axes = {key: AXES[key][: draw(st.integers(1, len(AXES[key])))] for key in keys}
    count = int(np.prod([len(levels) for levels in axes.values()]))
    became = st.sampled_from(["done", "done", "failed", "missing", "damaged", "interrupted"])
    status = draw(st.lists(became, min_size=count, max_size=count))
    return axes, dict(enumerate(status)), draw(st.sampled_from([0.0, 0.001]))


@pytest.mark.filterwarnings("error")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(any_grids())
def test_any_grid_with_any_holes_is_reported(tmp_path_factory, plain, case):
    axes, status, size = case
    folder = make(tmp_path_factory.mktemp("grid"), axes, lambda levels: noisy(levels, size), status)
    report.write(folder)
    counts = {key: len(levels) for key, levels in axes.items() if key != "seed"}
    assert len(pd.read_csv(folder / "report/runs.csv")) == len(status)
    cells = pd.read_csv(folder / "report/summary.csv")
    assert len(cells) == int(np.prod(list(counts.values())))
    assert cells["planned"].sum() == len(status)
    assert cells["done"].sum() == list(status.values()).count("done")


@pytest.mark.filterwarnings("error")
@settings(max_examples=15, deadline=None)
@given(any_grids())
def test_any_grid_with_any_holes_can_be_drawn(tmp_path_factory, case):
    axes, status, size = case
    grid = grids.read(make(tmp_path_factory.mktemp("grid"), axes, lambda levels: noisy(levels, size), status))
    if grid.cells["n"].any():
        for draw in (error, heatmap, curves):
            try:
                draw(grid)
            except UserError as problem:
                assert "no run finished at" in str(problem)


def test_a_report_is_current_by_the_bytes_of_its_sources_and_not_by_dates(tmp_path):
    folder = make(tmp_path, GRID, noisy)
    assert not report.is_current(folder)
    report.write(folder)
    path = next(folder.glob("*/record.json"))
    before = path.read_bytes()
    os.utime(path, (2e9, 2e9))  # later than the report
    assert report.is_current(folder)
    path.write_bytes(before.replace(b'"done"', b'"failed"'))
    os.utime(path, (1e9, 1e9))  # the clock was set back
    assert not report.is_current(folder)
    path.write_bytes(before)
    assert report.is_current(folder)
    (folder / "study.json").write_bytes((folder / "study.json").read_bytes() + b"\n")
    assert not report.is_current(folder)


def test_what_a_killed_writer_of_a_report_left_is_removed(tmp_path):
    folder = make(tmp_path, GRID, noisy)
    report.write(folder)
    for name in (".report-narrows-abc-old", ".summary-narrows-abc"):
        (folder / name).mkdir()
    report.remove_leftovers(folder)
    assert not list(folder.glob(".*-narrows-*"))
    assert report.is_current(folder)
