"""Dead units, killed by hand."""

import pytest
import torch

from narrows.build import build
from narrows.data.splits import split
from narrows.evaluation.units import units
from narrows.models.autoencoder import Autoencoder
from narrows.seeds import generator
from support.configs import tiny


def net(*overrides: str) -> Autoencoder:
    config = tiny(*overrides)
    return build(config.model, config.code, (1, 28, 28), generator(0, "weights")).eval()


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_units_that_always_answer_alike_are_dead(digits, activation):
    """Three of sixteen: a bias holds them at 0 under relu, in saturation under tanh."""
    found = net("model.widths=[8]", f"model.activation={activation}", "model.init=orthogonal")
    train, _, test = split(digits, 500, 400)
    before = units(found, train, test)["dead_units"]
    with torch.no_grad():
        found.encoder[0].bias[:3] = -1000.0
    assert before == 0 and units(found, train, test) == {"dead_units": 3 / 16}


def test_a_dead_channel_is_one_unit(digits):
    found = net("model=conv", "model.channels=[4,6]", "model.activation=tanh")
    train, _, test = split(digits, 500, 400)
    with torch.no_grad():
        found.encoder[1].bias[:2] = 1000.0
    assert units(found, train, test)["dead_units"] == pytest.approx(2 / 20)


def test_without_hidden_layers_nothing_can_die(digits):
    train, _, test = split(digits, 500, 400)
    assert units(net("model=linear"), train, test) == {"dead_units": 0.0}
