"""Convolutional encoders and decoders, for images of any size."""

from itertools import pairwise
from math import prod

from torch import Generator, nn

from narrows.models.initialisation import initialise
from narrows.models.layers import Layers, Style, between, biased
from narrows.models.tied import TiedConv, TiedLinear
from narrows.models.uninitialised import uninitialised

STRIDE = 2
Size = tuple[int, int]


def sizes(height: int, width: int, count: int) -> list[Size]:
    """(height, width) of the image and of the maps after each of `count` convolutions, which halve it and round up."""
    maps = [(height, width)]
    for _ in range(count):
        maps.append((-(-maps[-1][0] // STRIDE), -(-maps[-1][1] // STRIDE)))
    return maps


def conv_encoder(
    shape: tuple[int, int, int],
    channels: list[int],
    kernel: int,
    numbers: int,
    style: Style,
    generator: Generator | None,
) -> Layers:
    """Images (B, C·H·W) to (B, numbers): a convolution of stride 2 for each of `channels`, then one linear layer.

    `kernel` is odd; with padding by half of it, rounded down, any size can be halved. Norm, activation and dropout
    follow each convolution. Strides replace pooling, as in Springenberg et al. 2015.
    """
    layers: list[nn.Module] = [nn.Unflatten(1, shape)]
    for before, after in pairwise([shape[0], *channels]):
        conv = uninitialised(nn.Conv2d, before, after, kernel, stride=STRIDE, padding=kernel // 2, bias=biased(style))
        initialise(conv, style.init, style.activation if len(layers) > 1 else "identity", generator)
        layers += [conv, *between(after, style, maps=True)]
    linear = uninitialised(nn.Linear, channels[-1] * prod(sizes(*shape[1:], len(channels))[-1]), numbers)
    initialise(linear, style.init, style.activation, generator)
    return Layers(*layers, nn.Flatten(), linear)


def conv_decoder(
    shape: tuple[int, int, int],
    channels: list[int],
    kernel: int,
    numbers: int,
    up: str,
    style: Style,
    generator: Generator | None,
) -> Layers:
    """Codes (B, numbers) to (B, C·H·W): the encoder's layers in reverse order.

    `up` names how maps are enlarged, one of `UPS`; raises KeyError for another name.
    """
    maps = sizes(*shape[1:], len(channels))
    linear = uninitialised(nn.Linear, numbers, channels[-1] * prod(maps[-1]))
    initialise(linear, style.init, "identity", generator)
    counts = [*channels[::-1], shape[0]]
    ups = [
        UPS[up](before, after, kernel, size, bias, style, generator)
        for before, after, size, bias in zip(
            counts[:-1], counts[1:], maps[-2::-1], _biases(style, len(channels)), strict=True
        )
    ]
    return _upwards(linear, ups, channels, maps[-1], style)


def tied_conv_decoder(encoder: Layers, shape: tuple[int, int, int], channels: list[int], style: Style) -> Layers:
    """As `conv_decoder`, with the encoder's weights transposed and separate biases."""
    maps = sizes(*shape[1:], len(channels))
    convs = [layer for layer in encoder if isinstance(layer, nn.Conv2d)]
    linear = encoder[-1]
    assert isinstance(linear, nn.Linear)
    ups: list[list[nn.Module]] = [
        [TiedConv(conv, _extra(size), bias)]
        for conv, size, bias in zip(reversed(convs), maps[-2::-1], _biases(style, len(convs)), strict=True)
    ]
    return _upwards(TiedLinear(linear, bias=True), ups, channels, maps[-1], style)


def _biases(style: Style, count: int) -> list[bool]:
    """Whether each of a decoder's `count` convolutions has a bias; the last always has, since no norm follows it."""
    return [*[biased(style)] * (count - 1), True]


def _upwards(linear: nn.Module, ups: list[list[nn.Module]], channels: list[int], size: Size, style: Style) -> Layers:
    layers = [linear, nn.Unflatten(1, (channels[-1], *size))]
    for count, up in zip(channels[::-1], ups, strict=True):
        layers += [*between(count, style, maps=True), *up]
    return Layers(*layers, nn.Flatten())


def _extra(size: Size) -> Size:
    """The `output_padding` with which a transposed convolution of stride 2 gives maps of `size`, odd or even."""
    return ((size[0] - 1) % STRIDE, (size[1] - 1) % STRIDE)


def _transposed(
    before: int, after: int, kernel: int, size: Size, bias: bool, style: Style, generator: Generator | None
) -> list[nn.Module]:
    layer = uninitialised(
        nn.ConvTranspose2d,
        before,
        after,
        kernel,
        stride=STRIDE,
        padding=kernel // 2,
        output_padding=_extra(size),
        bias=bias,
    )
    initialise(layer, style.init, style.activation, generator)
    return [layer]


def _resize(
    before: int, after: int, kernel: int, size: Size, bias: bool, style: Style, generator: Generator | None
) -> list[nn.Module]:
    """Nearest-neighbour upsampling, then a convolution: avoids checkerboard artefacts (Odena et al. 2016)."""
    layer = uninitialised(nn.Conv2d, before, after, kernel, padding=kernel // 2, bias=bias)
    initialise(layer, style.init, style.activation, generator)
    return [nn.Upsample(size=size), layer]


UPS = {"transposed": _transposed, "resize": _resize}
