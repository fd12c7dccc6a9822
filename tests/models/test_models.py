"""The autoencoder as a plain module: what goes in, what comes out, how it is built."""

from math import prod

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from narrows.build import build
from narrows.config import slots
from narrows.models.activations import ACTIVATIONS
from narrows.models.autoencoder import Autoencoder
from narrows.seeds import generator
from support.configs import configure

DIGIT = (1, 28, 28)
PLAIN = slots.Plain(name="plain", activation="identity")


def mlp(shape=DIGIT, seed=0, **changes) -> Autoencoder:
    values = {
        "name": "mlp",
        "bottleneck": 3,
        "widths": [16, 8],
        "activation": "relu",
        "norm": "none",
        "dropout": 0.0,
        "init": "default",
        "output": "sigmoid",
        "tied": False,
    }
    return build(slots.Mlp(**values | changes), PLAIN, shape, generator(seed, "weights"))


def linear(bottleneck=3, shape=DIGIT) -> Autoencoder:
    values = {"name": "linear", "bottleneck": bottleneck, "init": "default", "output": "linear", "tied": False}
    return build(slots.Linear(**values), PLAIN, shape)


def sizes(part: nn.Module) -> list[tuple[int, int]]:
    return [(m.in_features, m.out_features) for m in part.modules() if isinstance(m, nn.Linear)]


def test_the_default_is_the_classic_one():
    autoencoder = build(configure().model, PLAIN, DIGIT)
    assert sizes(autoencoder.encoder) == [(784, 128), (128, 64), (64, 12), (12, 3)]
    assert sizes(autoencoder.decoder) == [(3, 12), (12, 64), (64, 128), (128, 784)]
    assert isinstance(autoencoder.encoder[-1], nn.Linear)  # the code is linear, and so are the scores
    assert isinstance(autoencoder.decoder[-1], nn.Linear)
    assert [str(part) for part in autoencoder.encoder[1::2]] == ["Activation(relu)"] * 3


@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)),
    widths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    bottleneck=st.integers(1, 9),
    count=st.integers(1, 5),
)
def test_images_of_any_shape_go_in_and_come_out(shape, widths, bottleneck, count):
    autoencoder = mlp(shape, widths=widths, bottleneck=bottleneck)
    images = torch.rand(count, *shape)
    assert autoencoder.encode(images).shape == (count, bottleneck)
    assert autoencoder.reconstruct(images).shape == images.shape
    assert sizes(autoencoder.decoder) == [(out, in_) for in_, out in reversed(sizes(autoencoder.encoder))]
    assert sizes(autoencoder.encoder)[0][0] == prod(shape)


@settings(max_examples=30)
@given(activation=st.sampled_from(sorted(ACTIVATIONS)), norm=st.sampled_from(["none", "batch", "layer"]))
def test_reconstructing_is_decoding_the_code_and_what_training_sees(activation, norm):
    autoencoder = mlp(activation=activation, norm=norm).eval()
    images = torch.rand(4, *DIGIT)
    output = autoencoder(images)
    assert torch.equal(output.code, autoencoder.encode(images))
    assert torch.equal(output.images, autoencoder.decode(output.code))
    assert torch.equal(output.images, autoencoder.reconstruct(images))
    assert torch.equal(output.images, output.scores.sigmoid())


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_weight_gets_a_gradient(activation, norm):
    autoencoder = mlp(activation=activation, norm=norm, bottleneck=5)
    images = torch.rand(32, *DIGIT)
    (autoencoder(images).images - images).square().mean().backward()
    weights = [m.weight for m in autoencoder.modules() if isinstance(m, nn.Linear)]
    assert len(weights) == 6
    assert all(weight.grad.isfinite().all() and weight.grad.any() for weight in weights)


@given(st.floats(-100, 100))
def test_a_sigmoid_output_stays_in_the_range_of_pixels(value):
    images = mlp().decode(torch.full((1, 3), value))
    assert images.min() >= 0 and images.max() <= 1


def test_a_linear_autoencoder_is_affine():
    autoencoder = linear()
    one, other, nothing = torch.rand(1, *DIGIT), torch.rand(1, *DIGIT), torch.zeros(1, *DIGIT)
    at = autoencoder.reconstruct
    torch.testing.assert_close(at(one + other) - at(nothing), at(one) + at(other) - 2 * at(nothing))
    assert sizes(autoencoder) == [(784, 3), (3, 784)]


def test_weights_come_from_the_generator_alone():
    torch.manual_seed(1)
    one = mlp().state_dict()
    torch.manual_seed(2)
    two, other = mlp().state_dict(), mlp(seed=1).state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(("norm", "kind"), [("batch", nn.BatchNorm1d), ("layer", nn.LayerNorm)])
def test_a_norm_stands_before_each_activation_and_nowhere_else(norm, kind):
    autoencoder = mlp(norm=norm, widths=[16, 8])
    for part in (autoencoder.encoder, autoencoder.decoder):
        assert [type(m).__name__ for m in part] == ["Linear", kind.__name__, "Activation"] * 2 + ["Linear"]


def test_layer_norm_sees_one_image_at_a_time():
    autoencoder, images = mlp(norm="layer"), torch.rand(5, *DIGIT)
    torch.testing.assert_close(autoencoder.reconstruct(images)[2:3], autoencoder.reconstruct(images[2:3]))


def test_batch_norm_normalises_while_training_and_remembers_for_later():
    """But for the variance's denominator: 64 images while training, 63 of them for later."""
    autoencoder, images = mlp(norm="batch"), torch.rand(64, *DIGIT, generator=generator(0, "images"))
    hidden = autoencoder.encoder[:2](images.flatten(1))
    torch.testing.assert_close(hidden.mean(0), torch.zeros(16), rtol=0, atol=1e-5)
    for _ in range(200):
        autoencoder.encode(images)
    later, now = autoencoder.eval().encode(images), autoencoder.train().encode(images)
    torch.testing.assert_close(later, now, rtol=0.03, atol=0.02)


def test_unknown_names_are_no_silent_defaults():
    encoder = nn.Linear(784, 3)
    with pytest.raises(KeyError):
        Autoencoder(encoder, nn.Identity(), encoder, DIGIT, "sigmoidd")
