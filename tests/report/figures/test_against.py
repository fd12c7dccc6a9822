"""The figure of one quantity against another."""

import pytest

from narrows.errors import UserError
from narrows.report import captions
from narrows.report.figures.against import against
from narrows.report.figures.lines import error
from narrows.stats import grid as grids
from support.figure_studies import change, grid_of
from support.made_up_study import GRID, make, noisy


def test_without_another_quantity_there_is_no_figure(tmp_path):
    assert against(grids.read(make(tmp_path, GRID, noisy))) is None


def test_a_point_for_each_run_and_a_line_along_the_number(tmp_path):
    grid = grid_of(tmp_path, "against")
    axes = against(grid).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("training time (s)", "test MSE (10⁻³)")
    points = [line for line in axes.lines if line.get_alpha()]
    places = sorted((x, y) for line in points for x, y in line.get_xydata())
    expected = sorted(zip(grid.runs["run/seconds"], 1000 * grid.runs["test/mse"], strict=True))
    assert [value for place in places for value in place] == pytest.approx([v for pair in expected for v in pair])
    assert [len(bars[0].get_xdata()) for bars in axes.containers] == [6, 6]
    assert "in the order of beta" in captions.against(grid)


def test_the_levels_of_a_single_line_are_named(tmp_path):
    axes = against(grid_of(tmp_path, "against, one line")).axes[0]
    assert [text.get_text() for text in axes.texts] == ["0.1", "0.5", "1", "2", "4", "10"]


def test_arms_have_the_colours_of_the_other_figures(tmp_path):
    grid = grid_of(tmp_path, "against, arms")
    here, there = ([bars[0].get_color() for bars in draw(grid).axes[0].containers] for draw in (against, error))
    assert here == there and len(set(here)) == 5


def test_a_quantity_that_no_run_recorded_is_refused(tmp_path):
    make(tmp_path, GRID, noisy)
    change(tmp_path, against="test/rate")
    with pytest.raises(UserError, match="no run recorded test/rate"):
        against(grids.read(tmp_path))
