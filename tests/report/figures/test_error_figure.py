"""What the figure of errors shows, by its artists."""

import numpy as np
import pytest

from narrows.report import captions
from narrows.report.figures.lines import error
from narrows.report.figures.style import GREY, strokes
from narrows.report.layout import layout_of_figure
from narrows.stats import grid as grids
from narrows.stats.factors import Factor
from support.figure_studies import NORM, change, grid_of, nested
from support.made_up_study import ACTIVATION, BOTTLENECK, GRID, make, noisy


def dots(axes) -> list:
    """The lines of dots that show seeds."""
    return [line for line in axes.lines if line.get_linestyle() == "None" and line.get_alpha()]


def labels(figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_every_seed_is_a_dot_at_its_printed_value(tmp_path):
    grid = grid_of(tmp_path, "nine bottlenecks")
    (seeds,) = dots(error(grid).axes[0])
    assert sorted(seeds.get_ydata()) == pytest.approx(sorted(grid.runs["test/mse"] * 1000))


def test_the_same_numbers_have_the_same_dots(tmp_path):
    grid = grid_of(tmp_path, "64 seeds")
    first, second = (dots(error(grid).axes[0])[0] for _ in range(2))
    assert np.array_equal(first.get_xdata(), second.get_xdata())
    assert len(set(first.get_xdata())) == 64


def test_a_single_seed_has_no_dot_and_no_interval(tmp_path):
    axes = error(grid_of(tmp_path, "one seed")).axes[0]
    assert not dots(axes) and not axes.collections


def test_labels_have_the_quantity_with_its_unit(tmp_path):
    axes = error(grid_of(tmp_path, "nine bottlenecks")).axes[0]
    assert axes.get_ylabel() == "test MSE (10⁻³)"
    assert axes.get_xlabel() == "bottleneck (numbers in the code)"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "3", "4", "8", "16", "32", "64", "128"]


def test_names_of_levels_come_from_the_study(tmp_path):
    make(tmp_path, GRID, noisy)
    change(tmp_path, labels={"leaky_relu": "Leaky ReLU", ACTIVATION: "nonlinearity"})
    figure = error(grids.read(tmp_path))
    assert "Leaky ReLU" in labels(figure)
    assert figure.legends[0].get_title().get_text() == "nonlinearity"


def test_a_reference_far_from_the_data_is_told_in_the_legend(tmp_path):
    figure = error(grids.read(make(tmp_path, {BOTTLENECK: [2, 4], "seed": [0, 1]}, lambda run: noisy(run) / 20)))
    assert labels(figure) == ["autoencoder", "PCA (40 to 50, above the axes)"]
    assert figure.axes[0].get_ylim()[1] < 3


def test_a_reference_near_the_data_is_a_grey_line(tmp_path):
    figure = error(grids.read(make(tmp_path, GRID, noisy)))
    assert labels(figure)[-1] == "PCA"
    assert GREY in [line.get_color() for line in figure.axes[0].lines]


def test_a_study_can_leave_the_reference_out(tmp_path):
    make(tmp_path, GRID, noisy)
    change(tmp_path, reference=False)
    grid = grids.read(tmp_path)
    assert "PCA" not in labels(error(grid)) and "PCA" not in captions.error(grid)
    assert GREY not in [line.get_color() for line in error(grid).axes[0].lines]


def test_a_third_factor_has_a_panel_for_each_level(tmp_path):
    grid = grid_of(tmp_path, "three factors")
    assert [axes.get_title() for axes in error(grid).axes] == ["norm none", "norm batch", "norm layer"]
    assert labels(error(grid))[:2] == ["relu", "gelu"]
    assert "a panel for each norm" in captions.error(grid) and " at " not in captions.error(grid)
    assert len({axes.get_ylim() for axes in error(grid).axes}) == 1


def test_levels_with_a_baseline_are_lines_of_one_panel(tmp_path):
    axes = {BOTTLENECK: [2, 4, 8], ACTIVATION: ["relu", "gelu"], NORM: ["none", "batch"]}
    grid = grids.read(make(tmp_path, axes, noisy, baseline={NORM: "none"}))
    layout = layout_of_figure(grid)[1]
    assert [factor.key for factor in layout.lines] == [NORM]
    assert layout.panel and layout.panel.key == ACTIVATION


def test_a_factor_that_is_not_shown_is_named_in_the_caption(tmp_path):
    axes = {BOTTLENECK: [2, 4], ACTIVATION: list("abcdefgh"), NORM: list("abcdefgh")}
    grid = grids.read(make(tmp_path, axes, noisy))
    assert f"at {NORM.removeprefix('model.')} a" in captions.error(grid)


def test_a_number_that_only_some_arms_have_is_on_x(tmp_path):
    grid = grid_of(tmp_path, "nested")
    figure = error(grid)
    axes = figure.axes[0]
    assert axes.get_xlabel().startswith("active") and labels(figure)[:2] == ["plain", "sparse"]
    mean = 1000 * grid.runs.loc[grid.runs["code"] == "plain", "test/mse"].mean()
    level = [line for line in axes.lines if list(line.get_xdata()) == [0, 1] and line.get_color() != GREY]
    assert [line.get_ydata()[0] for line in level] == pytest.approx([mean])
    assert sum(len(line.get_xdata()) for line in dots(axes)) == len(grid.runs)
    assert "arms without active" in captions.error(grid)


def test_a_nested_number_is_a_line_for_each_arm_where_the_bottleneck_is_on_x(tmp_path):
    assert labels(error(grid_of(tmp_path, "nested and bottleneck")))[:3] == [
        "plain",
        "sparse, active 2",
        "sparse, active 5",
    ]


def test_a_nested_number_crossed_with_another_factor_is_on_x_of_each_panel(tmp_path):
    axes = {"code": ["plain", "sparse"], "code.active": [2, 5, 10], ACTIVATION: ["relu", "gelu"], "seed": [0, 1]}
    nested(tmp_path, axes, noisy)
    figure = error(grids.read(tmp_path))
    assert [axes.get_title() for axes in figure.axes] == ["activation relu", "activation gelu"]
    assert labels(figure)[:2] == ["plain", "sparse"]


def test_lines_differ_without_colour():
    for count in (2, 7, 13, 28):
        looks = strokes([Factor("k", "k", tuple(map(str, range(count))), "0")], count)
        assert len({(look.colour, look.marker, look.dash) for look in looks}) == count
        assert len({(look.marker, look.dash) for look in looks}) == min(count, 12)
