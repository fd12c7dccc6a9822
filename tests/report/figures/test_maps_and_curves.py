"""What heat maps and learning curves show."""

import numpy as np

from narrows.report import captions
from narrows.report.figures.heatmap import heatmap
from narrows.report.figures.learning_curves import curves
from narrows.report.figures.lines import error
from narrows.stats import grid as grids
from support.figure_studies import ACTIVATIONS, change, grid_of
from support.made_up_study import GRID, make, noisy


def brightness(axes) -> np.ndarray:
    image = axes.images[0]
    return image.cmap(image.norm(image.get_array()))[..., :3].mean(-1)


def test_darker_is_better_in_either_direction(tmp_path):
    make(tmp_path, GRID, noisy, more={"psnr": lambda levels: 10 + levels["model.bottleneck"]})
    lower = brightness(heatmap(grids.read(tmp_path)).axes[0])
    assert (lower[:, 0] > lower[:, -1]).all()
    change(tmp_path, metrics=["test/psnr"])
    higher = brightness(heatmap(grids.read(tmp_path)).axes[0])
    assert (higher[:, 0] > higher[:, -1]).all()


def test_numbers_of_cells_are_in_the_unit_of_the_colour_bar(tmp_path):
    figure = heatmap(grids.read(make(tmp_path, GRID, lambda levels: 0.0123)))
    assert {text.get_text() for text in figure.axes[0].texts} == {"12.3"}
    assert figure.axes[-1].get_ylabel() == "test MSE (10⁻³)"


def test_a_third_factor_has_a_map_for_each_level(tmp_path):
    grid = grid_of(tmp_path, "three factors")
    assert [axes.get_title() for axes in heatmap(grid).axes[:-1]] == ["activation relu", "activation gelu"]
    assert "a panel for each activation" in captions.heatmap(grid)


def test_every_activation_has_its_curve_in_the_colour_of_its_dots(tmp_path):
    grid = grid_of(tmp_path, "13 activations")
    lines = curves(grid).axes[0].lines
    assert len(lines) == len(ACTIVATIONS)
    assert [line.get_color() for line in lines] == [bars[0].get_color() for bars in error(grid).axes[0].containers]


def test_the_bands_of_learning_curves_are_not_cut_off(tmp_path):
    errors = [0.03, 0.04, 0.05]
    figure = curves(grids.read(make(tmp_path, {"seed": [0, 1, 2]}, lambda levels: errors[levels["seed"]])))
    low, high = figure.axes[0].get_ylim()
    ends = np.concatenate([axes.collections[0].get_paths()[0].vertices[:, 1] for axes in figure.axes])
    assert low < ends.min() < 0.04 < 0.12 < ends.max() < high


def test_arms_of_a_nested_number_have_a_curve_each(tmp_path):
    figure = curves(grid_of(tmp_path, "nested"))
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["plain", *(f"sparse, active {active}" for active in (2, 5, 10, 25))]
