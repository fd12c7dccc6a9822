"""Dead units, on autoencoders whose biases make units dead."""

import pytest
import torch

from narrows.build import build
from narrows.evaluation.dead_units import dead_units
from narrows.models.autoencoder import Autoencoder
from narrows.seeds import generator
from support.configs import tiny


def net(*overrides: str) -> Autoencoder:
    config = tiny(*overrides)
    return build(config.model, config.code, (1, 28, 28), generator(0, "weights")).eval()


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_units_that_respond_to_all_images_alike_are_dead(splits, activation):
    """Three of sixteen: the bias holds them at 0 under relu, in saturation under tanh."""
    autoencoder = net("model.widths=[8]", f"model.activation={activation}", "model.init=orthogonal")
    before = dead_units(autoencoder, splits.train, splits.test)["dead_units"]
    with torch.no_grad():
        autoencoder.encoder[0].bias[:3] = -1000.0
    assert before == 0 and dead_units(autoencoder, splits.train, splits.test) == {"dead_units": 3 / 16}


def test_a_dead_channel_is_one_unit(splits):
    autoencoder = net("model=conv", "model.channels=[4,6]", "model.activation=tanh")
    with torch.no_grad():
        autoencoder.encoder[1].bias[:2] = 1000.0
    assert dead_units(autoencoder, splits.train, splits.test)["dead_units"] == pytest.approx(2 / 20)


def test_without_hidden_layers_no_unit_is_dead(splits):
    assert dead_units(net("model=linear"), splits.train, splits.test) == {"dead_units": 0.0}
