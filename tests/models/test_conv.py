"""Convolutional and tied autoencoders: any size goes in and comes out, and shared weights are shared."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from narrows.build import build
from narrows.models.autoencoder import Autoencoder
from narrows.models.conv import sizes
from narrows.run import run
from narrows.runs import checkpoint
from narrows.seeds import generator
from support.configs import configure, tiny

SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 33), st.integers(1, 33))


def conv(shape=(1, 28, 28), seed=0, **changes) -> Autoencoder:
    config = configure("model=conv")
    model = config.model.model_copy(update={"channels": [4, 6]} | changes)
    return build(model, config.code, shape, generator(seed, "weights"))


@settings(max_examples=40)
@given(
    shape=SHAPES,
    channels=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    kernel=st.sampled_from([1, 3, 5]),
    up=st.sampled_from(["transposed", "resize"]),
    norm=st.sampled_from(["none", "batch", "layer"]),
)
def test_images_of_any_size_go_in_and_come_out(shape, channels, kernel, up, norm):
    autoencoder = conv(shape, channels=channels, kernel=kernel, up=up, norm=norm, bottleneck=2).eval()
    images = torch.rand(3, *shape)
    assert autoencoder.encode(images).shape == (3, 2)
    assert autoencoder.reconstruct(images).shape == images.shape


@settings(max_examples=20)
@given(shape=SHAPES, channels=st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_a_tied_decoder_mirrors_any_size_too(shape, channels):
    images = torch.rand(2, *shape)
    assert conv(shape, channels=channels, tied=True).reconstruct(images).shape == images.shape


def test_each_convolution_halves_the_size():
    assert sizes(28, 7, 4) == [(28, 7), (14, 4), (7, 2), (4, 1), (2, 1)]
    maps = next(m for m in conv(channels=[4, 6]).encoder if isinstance(m, nn.Linear))
    assert maps.in_features == 6 * 7 * 7


@pytest.mark.parametrize("up", ["transposed", "resize"])
def test_every_pixel_is_reached_from_the_code_and_reaches_it(up):
    autoencoder = conv((1, 27, 14), up=up, activation="gelu", init="kaiming")
    images = torch.rand(2, 1, 27, 14, requires_grad=True)
    autoencoder(images).images.sum().backward()
    assert (images.grad != 0).all()
    one, other = autoencoder.decode(torch.zeros(1, 3)), autoencoder.decode(torch.ones(1, 3))
    assert (one != other).all()


def test_an_even_kernel_is_refused():
    with pytest.raises(ValueError, match=r"model\.kernel=4: must be odd"):
        configure("model=conv", "model.kernel=4")


def test_an_unknown_way_up_is_no_silent_default():
    with pytest.raises(KeyError):
        conv(up="bilinear")


@pytest.mark.parametrize("option", [(), ("model.up=resize", "model.norm=batch", "model.dropout=0.1")])
def test_it_trains_and_its_checkpoint_repeats_it(tmp_path, splits, option):
    result = run(tiny("model=conv", "model.channels=[4,8]", *option), tmp_path)
    assert result.curves["train/loss"][1] < result.curves["train/loss"][0]
    images = splits.test.pixels[:5].float() / 255
    again = checkpoint.load(tmp_path / "best.ckpt")
    assert again.reconstruct(images).shape == images.shape


# --- tied


def weights(autoencoder: nn.Module) -> int:
    """Numbers in weights, not in biases and norms."""
    return sum(parameter.numel() for parameter in autoencoder.parameters() if parameter.dim() > 1)


TIED = {
    "mlp": ("model=mlp",),
    "linear": ("model=linear",),
    "conv": ("model=conv",),
    "mlp with norm": ("model=mlp", "model.norm=batch"),
}


def of(*options: str) -> Autoencoder:
    config = tiny(*options)
    return build(config.model, config.code, (1, 28, 28), generator(config.seed, "weights"))


@pytest.mark.parametrize("kind", TIED)
@pytest.mark.parametrize("seed", range(3))
def test_tied_has_exactly_half_the_weights_and_all_the_biases(kind, seed):
    free, tied = of(*TIED[kind], f"seed={seed}"), of(*TIED[kind], "model.tied=true", f"seed={seed}")
    assert 2 * weights(tied) == weights(free)
    biases = [sum(p.numel() for p in each.parameters() if p.dim() == 1) for each in (free, tied)]
    assert biases[0] == biases[1]


@pytest.mark.parametrize("kind", ["mlp", "linear"])
def test_a_tied_decoder_is_the_transpose_and_stays_it_while_training(tmp_path, kind):
    run(tiny(*TIED[kind], "model.tied=true"), tmp_path)
    autoencoder = checkpoint.load(tmp_path / "best.ckpt")
    code = torch.rand(2, 3)
    hidden = code
    linears = [layer for layer in autoencoder.encoder if isinstance(layer, nn.Linear)]
    shifts = [layer.bias for layer in autoencoder.decoder if hasattr(layer, "bias")]
    for i, (linear, bias) in enumerate(zip(reversed(linears), shifts, strict=True)):
        hidden = (hidden.relu() if i else hidden) @ linear.weight + bias
    torch.testing.assert_close(autoencoder.decode(code).flatten(1), autoencoder.output(hidden))
    assert all(bias.any() for bias in shifts)


def test_a_tied_convolution_is_the_adjoint_of_the_encoders():
    """⟨conv(x), y⟩ = ⟨x, conv*(y)⟩: what transposing means."""
    autoencoder = of("model=conv", "model.tied=true")
    down = next(layer for layer in autoencoder.encoder if isinstance(layer, nn.Conv2d))
    up = next(layer for layer in reversed(list(autoencoder.decoder)) if type(layer).__name__ == "TiedConv")
    x, y = torch.rand(1, 1, 28, 28), torch.rand(1, 16, 14, 14)
    with torch.no_grad():
        down.bias.zero_()
        torch.testing.assert_close((down(x) * y).sum(), (x * up(y)).sum())


@pytest.mark.parametrize("kind", TIED)
def test_a_copy_is_tied_to_itself_and_weights_are_stored_once(kind):
    autoencoder = of(*TIED[kind], "model.tied=true").eval()
    other, images = copy.deepcopy(autoencoder), torch.rand(2, 1, 28, 28)
    with torch.no_grad():
        for parameter in autoencoder.parameters():
            parameter.zero_()
    assert other.reconstruct(images).std() > 0
    assert not [name for name in other.state_dict() if name.startswith("decoder") and "partner" in name]


# --- dropout


def test_dropout_draws_from_its_generator_and_only_while_training():
    autoencoder, images = of("model.dropout=0.5"), torch.rand(4, 1, 28, 28)
    clean = autoencoder.reconstruct(images)
    state = torch.get_rng_state()
    one, two, other = (autoencoder(images, generator(seed, "noise")).images for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(one, two)
    assert not torch.equal(one, other) and not torch.equal(one, clean)
    assert torch.equal(autoencoder.eval()(images, generator(0, "noise")).images, autoencoder.reconstruct(images))
    assert torch.equal(autoencoder.reconstruct(images), clean)


def test_dropout_keeps_the_mean():
    from narrows.models.layers import Dropout

    x = torch.ones(100_000)
    dropped = Dropout(0.3)(x, generator(0, "noise"))
    assert float((dropped == 0).float().mean()) == pytest.approx(0.3, abs=0.005)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.01)
