"""The chart of training and validation losses."""

import pytest
import torch

from narrows.board.pictures.losses import CURVES, losses

COLOURS = {"train/loss": (0x1F, 0x77, 0xB4), "val/loss": (0xFF, 0x7F, 0x0E)}


def rows_of(colour: tuple[int, int, int], picture: torch.Tensor) -> torch.Tensor:
    """The rows of the pixels in this colour, from the top, without those of the legend."""
    exact = torch.tensor(colour)[:, None, None] / 255
    rows = ((picture - exact).abs().amax(0) < 0.5 / 255).nonzero()[:, 0]
    return rows[rows > picture.shape[1] / 4]


def test_each_loss_has_its_colour_and_the_higher_one_stands_above():
    picture = losses({"train/loss": [9.0, 1.0, 1.0, 1.0], "val/loss": [2.0, 2.0, 2.0, 2.0]})
    training, validation = (rows_of(COLOURS[name], picture) for name in CURVES)
    assert training.max() > validation.max()  # rows are counted from the top
    assert picture.shape[0] == 3


@pytest.mark.parametrize("epochs", [1, 2, 300])
def test_a_run_that_holds_nothing_out_has_one_curve(epochs):
    picture = losses({"train/loss": [0.5] * epochs, "lr": [0.1] * epochs})
    assert len(rows_of(COLOURS["train/loss"], picture)) > 0
    assert len(rows_of(COLOURS["val/loss"], picture)) == 0


def test_a_chart_does_not_depend_on_those_drawn_before():
    first = {"train/loss": [0.5, 0.25], "val/loss": [0.6, 0.3]}
    other = {"train/loss": [900.0, 20.0, 10.0] * 7, "val/loss": [1e-3, 2.0, 3.0] * 7}
    before = losses(first)
    losses(other)
    assert torch.equal(losses(first), before)
