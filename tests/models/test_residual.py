"""Residual convolutional autoencoders: shapes, skip connections and pooling."""

import pytest
import torch
from torch import nn

from narrows.build import build
from narrows.models.layers import Layers
from narrows.models.residual import Residual
from narrows.run import run
from narrows.seeds import generator
from support.configs import configure, tiny


def built(shape=(1, 28, 28), *overrides: str):
    config = configure("data=mnist5k", "model=residual_conv", "model.channels=[4,6]", *overrides)
    return build(config.model, config.code, shape, generator(0, "weights")).eval()


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (2, 7, 5), (1, 1, 9), (1, 2, 2)])
@pytest.mark.parametrize("overrides", [(), ("code=variational",), ("model.kernel=5", "model.blocks=2")])
def test_images_of_any_size_are_reconstructed_in_their_size(shape, overrides):
    autoencoder = built(shape, *overrides)
    images = torch.rand(4, *shape)
    assert autoencoder.encode(images).shape == (4, 3)
    assert autoencoder.reconstruct(images).shape == images.shape


def test_a_block_adds_to_its_input():
    block = Residual(Layers(nn.Conv2d(2, 2, 1)))
    nn.init.zeros_(block.layers[0].weight)
    nn.init.constant_(block.layers[0].bias, 0.5)
    x = torch.rand(3, 2, 4, 4)
    torch.testing.assert_close(block(x), x + 0.5)


def test_without_its_blocks_an_encoder_is_convolutions_and_pooling():
    """With all weights of the blocks 0, each is the identity."""
    encoder = built().encoder
    for layer in encoder:
        if isinstance(layer, Residual):
            for parameter in layer.parameters():
                nn.init.zeros_(parameter)
    first, second = (layer for layer in encoder if isinstance(layer, nn.Conv2d))
    x = torch.rand(2, 1, 28, 28)
    by_hand = nn.functional.avg_pool2d(second(nn.functional.avg_pool2d(first(x), 2).relu()), 2).relu().flatten(1)
    torch.testing.assert_close(encoder(x.flatten(1)), encoder[-1](by_hand))


@pytest.mark.parametrize("blocks", [1, 3])
def test_every_stage_has_its_blocks_of_two_convolutions(blocks):
    autoencoder = built((1, 28, 28), f"model.blocks={blocks}")
    for half in (autoencoder.encoder, autoencoder.decoder):
        residuals = [layer for layer in half if isinstance(layer, Residual)]
        assert len(residuals) == 2 * blocks
        assert all(sum(isinstance(part, nn.Conv2d) for part in block.layers) == 2 for block in residuals)


def test_norms_are_before_activations_and_no_bias_is_before_a_norm_that_centres():
    block = next(layer for layer in built((1, 28, 28), "model.norm=batch").encoder if isinstance(layer, Residual))
    kinds = [type(layer).__name__ for layer in block.layers]
    assert kinds == ["BatchNorm2d", "Activation", "Conv2d"] * 2
    assert block.layers[2].bias is None and block.layers[5].bias is None
    autoencoder = built((1, 28, 28), "model.norm=batch")
    convolutions = [layer for half in (autoencoder.encoder, autoencoder.decoder) for layer in half.modules()]
    biased = [layer for layer in convolutions if isinstance(layer, nn.Conv2d) and layer.bias is not None]
    assert biased == [autoencoder.decoder[-2]]  # of the image


def test_dropout_within_a_block_draws_from_the_source_of_noise():
    autoencoder, images = built((1, 28, 28), "model.dropout=0.5").train(), torch.rand(2, 1, 28, 28)
    same = [autoencoder(images, generator(0, "noise")).images for _ in range(2)]
    assert torch.equal(*same)
    assert not torch.equal(same[0], autoencoder(images, generator(1, "noise")).images)


def test_it_learns(tmp_path):
    record = run(tiny("model=residual_conv", "model.channels=[4,6]", "trainer.max_epochs=3", "logger=light"), tmp_path)
    assert record.curves["train/loss"][-1] < record.curves["train/loss"][0]
