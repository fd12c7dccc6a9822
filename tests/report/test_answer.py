"""The report's sentences, from made-up records whose answers are known."""

import pytest

from narrows import report
from narrows.report.answer import answer
from narrows.stats import grid as grids
from narrows.stats.comparisons import comparisons
from support.made_up_study import ACTIVATION, BOTTLENECK, GRID, make, noisy


def answer_of(folder) -> str:
    grid = grids.read(folder)
    return " ".join(answer(grid, comparisons(grid)))


def better(levels: dict) -> float:
    """leaky_relu has a lower error than relu everywhere."""
    return noisy(levels, 0.0001) * (0.8 if levels[ACTIVATION] == "leaky_relu" else 1)


def better_at_8(levels: dict) -> float:
    return better(levels) if levels[BOTTLENECK] == 8 else noisy(levels)


def test_clear_differences_are_counted_with_their_sizes(tmp_path):
    text = answer_of(make(tmp_path, GRID, better, baseline={ACTIVATION: "relu"}))
    assert "3 of 3 comparisons show a difference" in text
    assert "activation leaky_relu is lower in 3" in text
    assert "at bottleneck 8, activation leaky_relu (mean and 95% confidence interval over n = 4 seeds)" in text


def test_what_shows_no_difference_is_not_called_equal(tmp_path):
    mixed = answer_of(make(tmp_path / "mixed", GRID, better_at_8, baseline={ACTIVATION: "relu"}))
    assert "1 of 3 comparisons show a difference" in mixed
    assert "The other 2 show no difference, which does not show equality" in mixed
    same = answer_of(make(tmp_path / "same", GRID, noisy, baseline={ACTIVATION: "relu"}))
    assert "0 of 3 comparisons show a difference" in same
    assert "does not show that they are equal" in same


def test_one_seed_has_no_interval(tmp_path):
    assert "one seed, so no interval" in answer_of(make(tmp_path, {BOTTLENECK: [2, 4]}, noisy))


def test_two_seeds_show_no_difference(tmp_path):
    text = answer_of(make(tmp_path, GRID | {"seed": [0, 1]}, better))
    assert "No difference from activation relu can be shown: no pair of cells has 3 seeds in common." in text


@pytest.mark.filterwarnings("error")
def test_a_study_without_spread_over_seeds_has_an_answer(tmp_path):
    text = answer_of(make(tmp_path, GRID, lambda levels: len(levels[ACTIVATION])))
    assert "the differences do not vary over seeds" in text


def test_the_selected_minimum_is_called_optimistic(tmp_path):
    assert "the smallest of 6 cells (combinations of bottleneck and activation)" in answer_of(
        make(tmp_path, GRID, noisy)
    )


def test_the_terminal_shows_both_tables_and_the_answer(tmp_path):
    text = report.summary_text(make(tmp_path, GRID, noisy, more={"probe": lambda levels: 0.9}))
    assert "leaky_relu" in text and "The lowest test MSE" in text
    assert "probe" in text and "0.9000 (4)" in text
