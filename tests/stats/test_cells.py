"""From records to the rows and cells of a grid."""

import numpy as np
import pytest
from scipy import stats

from narrows.runs import record
from narrows.stats import grid as grids
from narrows.stats.comparisons import scores
from support.made_up_study import BOTTLENECK, GRID, make, noisy

RATE, DISTANCE = "test/rate", "generation_prior_frechet"


def test_cells_hold_the_intervals_that_scipy_gives(tmp_path):
    grid = grids.read(make(tmp_path, GRID, noisy))
    assert len(grid.cells) == 6
    for number, cell in grid.cells.iterrows():
        scores = grid.runs.loc[grid.runs["cell"] == number, "test/mse"]
        low, high = stats.ttest_1samp(scores, 0).confidence_interval(0.95)
        assert cell["n"] == 4
        assert cell["test/mse mean"] == pytest.approx(scores.mean())
        assert (low, high) == pytest.approx(
            (cell["test/mse mean"] - cell["test/mse ci95"], cell["test/mse mean"] + cell["test/mse ci95"])
        )


def test_one_seed_has_no_interval(tmp_path):
    grid = grids.read(make(tmp_path, {BOTTLENECK: [2, 4]}, noisy))
    assert grid.cells["test/mse ci95"].isna().all()


def test_a_repeated_seed_counts_once(tmp_path):
    grid = grids.read(make(tmp_path, {"seed": [0, 0, 1]}, noisy))
    assert grid.cells["n"].tolist() == [2]


def test_a_done_run_without_a_finite_error_counts_as_failed(tmp_path):
    grid = grids.read(make(tmp_path, {"seed": [0, 1]}, lambda levels: np.nan if levels["seed"] else 0.1))
    assert grid.runs["status"].tolist() == ["done", "failed"]


def test_a_quantity_that_no_run_recorded_yet_has_a_column(tmp_path):
    """As while a sweep runs, or before its evaluation is added."""
    grid = grids.read(make(tmp_path, GRID, noisy, dict.fromkeys(range(24), "missing"), metrics=["test/mse", RATE]))
    assert grid.cells[[f"{name} mean" for name in ("test/mse", RATE)]].isna().all(axis=None)


def test_geometric_means_are_those_of_the_seeds_that_have_a_value(tmp_path):
    def distance(levels: dict) -> float:
        return {0: 2.0, 1: 8.0, 2: 0.0}[levels["seed"]] if levels[BOTTLENECK] == 2 else 1.0

    axes = {BOTTLENECK: [2, 4], "seed": [0, 1, 2]}
    folder = make(tmp_path, axes, noisy, more={DISTANCE: distance}, metrics=["test/mse", f"test/{DISTANCE}"])
    arithmetic = grids.read(folder).cells[f"test/{DISTANCE} mean"]  # a zero has no logarithm
    assert arithmetic.tolist() == pytest.approx([10 / 3, 1.0])
    result = record.read(folder / "run2")
    metrics = {name: number for name, number in result.metrics.items() if name != f"test/{DISTANCE}"}
    record.write(result.model_copy(update={"metrics": metrics}), folder / "run2")
    assert grids.read(folder).cells[f"test/{DISTANCE} mean"].tolist() == pytest.approx([4.0, 1.0])


def test_a_value_that_is_not_finite_counts_as_not_recorded(tmp_path):
    """Such as the PSNR of an error of 0."""
    axes = {"seed": [0, 1, 2]}
    psnr = {"psnr": lambda levels: np.inf if levels["seed"] == 1 else 20.0 + levels["seed"]}
    grid = grids.read(make(tmp_path, axes, noisy, more=psnr, metrics=["test/mse", "test/psnr"]))
    assert grid.cells.loc[0, "test/psnr mean"] == 21
    assert scores(grid, grid.quantities[1]).tolist() == [[20, pytest.approx(np.nan, nan_ok=True), 22]]


def test_axes_carry_the_units_of_the_schema(tmp_path):
    grid = grids.read(make(tmp_path, {BOTTLENECK: [2, 4], "data.batch_size": [1, 2], "objective": ["a", "b"]}, noisy))
    labels = [factor.label for factor in grid.factors]
    assert labels == ["bottleneck (numbers in the code)", "batch_size (images per optimiser step)", "objective"]


def test_a_cell_is_named_by_its_levels(tmp_path):
    grid = grids.read(make(tmp_path / "grid", GRID, noisy))
    assert grid.cell_name(grid.cells.iloc[0]) == "bottleneck 2, activation relu"
    seeds_only = grids.read(make(tmp_path / "seeds", {"seed": [0, 1]}, noisy))
    assert seeds_only.cell_name(seeds_only.cells.iloc[0]) == "all runs"
