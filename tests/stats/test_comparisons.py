"""Which cells are compared, and how."""

import numpy as np
import pytest
from scipy import stats

from narrows.stats import grid as grids
from narrows.stats.comparisons import EQUAL, comparing, comparisons
from narrows.stats.contrast import Comparing
from support.made_up_study import ACTIVATION, BOTTLENECK, GRID, make, noisy


def test_comparisons_are_scipys_and_holms(tmp_path):
    grid = grids.read(make(tmp_path, GRID, noisy, baseline={ACTIVATION: "relu"}))
    table = comparisons(grid)
    scores = np.log(grid.runs.pivot(index="seed", columns=[BOTTLENECK, ACTIVATION], values="test/mse"))
    pairs = [(scores[k, "leaky_relu"], scores[k, "relu"]) for k in (2, 4, 8)]
    expected = [stats.ttest_ind(level, relu, equal_var=False).pvalue for level, relu in pairs]
    assert table["at"].tolist() == ["bottleneck 2", "bottleneck 4", "bottleneck 8"]
    assert table["p"].tolist() == pytest.approx(expected)
    ordered = np.maximum.accumulate(np.sort(expected) * [3, 2, 1])  # Holm 1979, by hand
    assert sorted(table["holm"]) == pytest.approx(np.minimum(ordered, 1).tolist())


def test_seeds_that_share_something_are_paired(tmp_path):
    def shared(levels: dict) -> float:
        return noisy({"seed": levels["seed"]}, 0.003) * (1.0001 if levels[ACTIVATION] == "relu" else 1)

    grid = grids.read(
        make(tmp_path, GRID | {"seed": list(range(8))}, lambda levels: noisy(levels, 1e-7) + shared(levels))
    )
    assert comparing(grid).paired
    assert set(comparisons(grid)["verdict"]) == {"lower"}  # a hundredth of a per cent of the baseline


def test_small_differences_within_the_margin_are_equal(tmp_path):
    grid = grids.read(make(tmp_path, GRID, lambda levels: noisy(levels, 1e-4), baseline={ACTIVATION: "relu"}))
    assert comparisons(grid)["verdict"].tolist() == [EQUAL] * 3


def test_a_difference_that_was_not_shown_comes_with_the_one_that_would_have_been(tmp_path):
    grid = grids.read(make(tmp_path, GRID, lambda levels: noisy(levels, 0.004), baseline={ACTIVATION: "relu"}))
    table = comparisons(grid)
    assert set(table["verdict"]) == {"no difference shown"}
    assert (table["detectable"] > 0.2).all()
    assert (table["detectable"] > table["difference"].abs()).all()


def test_accuracies_are_compared_by_their_difference(tmp_path):
    """The margin of a share in per cent is one point."""
    folder = make(
        tmp_path, GRID, noisy, more={"probe": lambda levels: 0.9 + noisy(levels, 1e-3) / 100}, metrics=["test/probe"]
    )
    grid = grids.read(folder)
    assert comparing(grid) == Comparing(logarithms=False, paired=False, margin=0.01)
    assert set(comparisons(grid)["verdict"]) == {EQUAL}


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
