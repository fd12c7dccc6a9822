"""From the config's sections to modules: one builder for each kind in a slot."""

from math import prod

from torch import Generator

from narrows.config import slots
from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import Plain, Quantised, Sparse, Variational
from narrows.models.conv import conv_decoder, conv_encoder, tied_conv_decoder
from narrows.models.corruptions import Clean, Gaussian, Masking, SaltPepper
from narrows.models.layers import Layers, Style
from narrows.models.mlp import mlp, tied_mlp
from narrows.models.traits import Code, Corruption

Shape = tuple[int, int, int]


def build(model: slots.Model, code: slots.Code, shape: Shape, generator: Generator | None = None) -> Autoencoder:
    """The autoencoder that `model` and `code` describe, for images of `shape` (C, H, W), drawn from `generator`."""
    slot = build_code(code)
    numbers = model.bottleneck * slot.hidden_per_number
    if isinstance(model, slots.Conv):
        encoder, decoder = _conv(model, shape, numbers, generator)
    elif isinstance(model, slots.Mlp):
        style = Style(model.activation, model.norm, model.dropout, model.init)
        encoder, decoder = _mlp(model, model.widths, style, shape, numbers, generator)
    else:
        encoder, decoder = _mlp(model, [], Style(init=model.init), shape, numbers, generator)
    return Autoencoder(encoder, slot, decoder, shape, model.output)


def _mlp(
    model: slots.Mlp | slots.Linear,
    widths: list[int],
    style: Style,
    shape: Shape,
    numbers: int,
    generator: Generator | None,
) -> tuple[Layers, Layers]:
    """Encoder and decoder; `numbers` is what the code slot wants of the encoder."""
    encoder = mlp([prod(shape), *widths, numbers], *style, generator=generator)
    if model.tied:
        return encoder, tied_mlp(encoder, style)
    return encoder, mlp([model.bottleneck, *widths[::-1], prod(shape)], *style, generator=generator)


def _conv(model: slots.Conv, shape: Shape, numbers: int, generator: Generator | None) -> tuple[Layers, Layers]:
    style = Style(model.activation, model.norm, model.dropout, model.init)
    encoder = conv_encoder(shape, model.channels, model.kernel, numbers, style, generator)
    if model.tied:
        return encoder, tied_conv_decoder(encoder, shape, model.channels, style)
    decoder = conv_decoder(shape, model.channels, model.kernel, model.bottleneck, model.up, style, generator)
    return encoder, decoder


def build_code(code: slots.Code) -> Code:
    """The module of the code slot."""
    match code:
        case slots.Plain():
            return Plain(code.activation)
        case slots.Variational():
            return Variational()
        case slots.Sparse():
            return Sparse(code.active)
        case slots.Quantised():
            return Quantised(code.levels)


def build_corruption(corruption: slots.Corruption) -> Corruption:
    """The module of the corruption slot."""
    match corruption:
        case slots.Clean():
            return Clean()
        case slots.Masking():
            return Masking(corruption.level)
        case slots.Gaussian():
            return Gaussian(corruption.level)
        case slots.SaltPepper():
            return SaltPepper(corruption.level)
