"""The paragraph of methods and the table of settings, from recorded configs."""

from pathlib import Path

import pytest

from narrows.report.methods.paragraph import methods
from narrows.report.methods.settings import settings, settings_table
from narrows.report.methods.settings_latex import methods_latex
from narrows.runs import record, study
from narrows.stats import grid as grids
from narrows.stats.comparisons import comparisons
from narrows.stats.grid import Grid
from support.figure_studies import change, nested
from support.made_up_study import make, noisy

OLD = Path(__file__).parents[1] / "fixtures/version-0.1.0/small"
ARMS = {"plain": {"name": "none"}, "masking": {"name": "masking", "level": 0.25}}


@pytest.fixture
def grid(tmp_path) -> Grid:
    """Two arms and two learning rates, with the config of a recorded run."""
    config = record.read(next(OLD.glob("*/record.json")).parent).config
    axes = {"arm": list(ARMS), "optimizer.lr": [0.1, 0.2], "seed": [0, 1, 2]}
    folder = make(tmp_path, axes, noisy)
    for levels, run in ((study.read(folder).runs[run.name], run) for run in folder.glob("run*")):
        result = record.read(run)
        optimizer = config["optimizer"] | {"lr": levels["optimizer.lr"]}
        result.config = config | {"corruption": ARMS[levels["arm"]], "optimizer": optimizer}
        record.write(result, run)
    return grids.read(folder)


def test_settings_say_what_they_vary_with(grid):
    told = settings(grid)
    assert told["optimizer.lr"] == "varied: 0.1, 0.2"
    assert told["corruption.name"] == "none for plain; masking for masking"
    assert told["corruption.level"] == "0.25 for masking"
    assert told["model.widths"] == "128-64-12" and told["trainer.patience"] == "none"
    assert told["seed"] == "0 to 2"
    assert not {"data.root", "run.resume", "logger.name", "trainer.threads"} & told.keys()


def test_a_setting_has_the_meaning_that_it_has_in_the_kinds_of_the_runs(grid):
    meaning = settings_table(grid).set_index("setting")["meaning"]
    assert meaning["data.val_size"] == "validation images, cut from the training split; 0 trains on all"
    assert meaning["optimizer.weight_decay"] == "L2 penalty on the weights"
    assert meaning["corruption.level"] == "share of the pixels that is masked"


def test_settings_of_merged_axes_are_told_axis_by_axis(tmp_path):
    nested(tmp_path, {"code": ["plain", "sparse"], "code.active": [2, 25], "seed": [0, 1]}, noisy)
    config = record.read(next(OLD.glob("*/record.json")).parent).config
    for run, levels in study.read(tmp_path).runs.items():
        kind = {"name": levels["code"]} | ({"active": levels["code.active"]} if "code.active" in levels else {})
        result = record.read(tmp_path / run)
        record.write(result.model_copy(update={"config": config | {"code": kind}}), tmp_path / run)
    change(tmp_path, labels={"sparse": "k-sparse"})
    told = settings(grids.read(tmp_path))
    assert told["code.name"] == "plain for plain; sparse for k-sparse"
    assert told["code.active"] == "varied: 2, 25"


def test_the_paragraph_has_what_a_paper_needs(grid):
    text = methods(grid, comparisons(grid))
    for part in (
        "trained on 80 images of mnist5k (pixels in [0, 1]), selected on 20 validation images",
        "The runs differ in arm (plain, masking), lr (0.1, 0.2) and seed.",
        "fully connected hidden layers of 128-64-12 units",
        "learning rate 0.1, 0.2",
        "The epoch with the lowest validation loss was evaluated.",
        "3 seeds (0 to 2)",
        "t test on logarithms, with Holm's correction over",
    ):
        assert part in text


KNOBS = [
    ("optimizer", {"clip": 0.5}, "gradients clipped to norm 0.5"),
    ("schedule", {"warmup": 2.0}, "epochs of warm-up: 2"),
    ("objective", {"reduction": "sum"}, "objective: mse, summed over pixels"),
]


@pytest.mark.parametrize(("section", "knobs", "words"), KNOBS)
def test_the_paragraph_names_knobs_that_are_not_neutral(grid, section, knobs, words):
    assert words not in methods(grid, comparisons(grid)).lower()
    for path in grid.folders.values():
        result = record.read(path)
        config = {**result.config, section: {**result.config[section], **knobs}}
        record.write(result.model_copy(update={"config": config}), path)
    told = grids.read(path.parent)
    assert words in methods(told, comparisons(told)).replace("Objective", "objective")


def test_latex_is_plain_ascii_with_columns_that_fit(grid):
    source = methods_latex(methods(grid, comparisons(grid)), settings_table(grid), "tab:a b_c-settings")
    assert source.isascii() and r"p{1.35in}" in source and r"\label{tab:a-b_c-settings}" in source


def test_a_study_in_which_nothing_finished_has_no_paragraph(tmp_path):
    grid = grids.read(make(tmp_path, {"seed": [0]}, noisy, {0: "failed"}))
    assert methods(grid, comparisons(grid)) == ""
