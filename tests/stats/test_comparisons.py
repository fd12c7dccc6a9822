"""Which cells are compared, and how."""

import numpy as np
import pytest
from scipy import stats

from narrows.stats import grid as grids
from narrows.stats.comparisons import comparisons
from support.made_up_study import ACTIVATION, BOTTLENECK, GRID, make, noisy


def test_comparisons_are_scipys_and_holms(tmp_path):
    grid = grids.read(make(tmp_path, GRID, noisy, baseline={ACTIVATION: "relu"}))
    table = comparisons(grid)
    scores = grid.runs.pivot(index="seed", columns=[BOTTLENECK, ACTIVATION], values="test/mse")
    expected = [stats.ttest_rel(scores[k, "leaky_relu"], scores[k, "relu"]).pvalue for k in (2, 4, 8)]
    assert table["at"].tolist() == ["bottleneck 2", "bottleneck 4", "bottleneck 8"]
    assert table["p"].tolist() == pytest.approx(expected)
    ordered = np.maximum.accumulate(np.sort(expected) * [3, 2, 1])  # Holm 1979, by hand
    assert sorted(table["holm"]) == pytest.approx(np.minimum(ordered, 1).tolist())


def test_two_seeds_are_never_a_difference(tmp_path):
    axes = GRID | {"seed": [0, 1]}
    grid = grids.read(make(tmp_path, axes, lambda levels: noisy(levels) + 10 * (levels[ACTIVATION] != "relu")))
    assert set(comparisons(grid)["verdict"]) == {"too few seeds (n = 2)"}


@pytest.mark.filterwarnings("error")
def test_without_spread_nothing_is_tested(tmp_path):
    def exact(levels: dict) -> float:
        return 0.02 if levels[BOTTLENECK] == 2 else len(levels[ACTIVATION])

    grid = grids.read(make(tmp_path, GRID, exact))
    assert comparisons(grid)["verdict"].tolist() == ["no difference shown"] + 2 * ["no spread over seeds, not tested"]


def test_a_baseline_that_was_not_swept_is_replaced_by_the_first_level(tmp_path):
    grid = grids.read(make(tmp_path, GRID, noisy, baseline={ACTIVATION: "tanh"}))
    assert set(comparisons(grid)["baseline"]) == {"relu"}


def test_a_study_of_seeds_compares_nothing(tmp_path):
    assert comparisons(grids.read(make(tmp_path, {"seed": [0, 1, 2]}, noisy))).empty
