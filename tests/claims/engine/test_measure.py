"""From runs to numbers."""

import numpy as np
import pytest

from narrows.claims.engine import measure
from narrows.stats.factors import BOTTLENECK
from narrows.stats.grid import read
from support import made_up_study


@pytest.fixture
def grid(tmp_path):
    return read(made_up_study.make(tmp_path / "study", made_up_study.GRID, made_up_study.noisy))


def test_means_are_those_of_the_report(grid):
    table = measure.means(measure.runs({"one": grid}), [BOTTLENECK, made_up_study.ACTIVATION], [measure.MSE])
    assert list(table.columns) == [BOTTLENECK, made_up_study.ACTIVATION, "quantity", *measure.MEANS]
    assert table["mean"].to_numpy() == pytest.approx(1000 * grid.cells["test/mse mean"].to_numpy())
    assert table["ci95"].to_numpy() == pytest.approx(1000 * grid.cells["test/mse ci95"].to_numpy())
    assert (table["n"] == 4).all()


def test_differences_are_paired_by_seed_and_corrected_together(grid):
    runs = measure.runs({"one": grid})
    runs.loc[runs["model.activation"] == "relu", "test/mse"] -= 0.01
    table = measure.differences(runs, [BOTTLENECK], measure.MSE, "model.activation", "relu")
    assert list(table[BOTTLENECK]) == [2, 4, 8]
    assert table["difference"].to_numpy() == pytest.approx(10, abs=4)
    assert (table["holm"] >= table["p"]).all() and list(table["verdict"]) == ["higher"] * 3


def test_gaps_are_between_two_metrics_of_one_run(grid):
    runs = measure.runs({"one": grid})
    table = measure.gaps(runs, [BOTTLENECK], measure.MSE, "pca/mse")
    expected = [1000 * (group["test/mse"] - group["pca/mse"]).mean() for _, group in runs.groupby(BOTTLENECK)]
    assert table["difference"].to_numpy() == pytest.approx(np.array(expected))
