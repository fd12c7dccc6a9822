"""Builds autoencoders from the sections of a config.

Each `match` ends in `assert_never`, so that mypy reports a kind of the schema that nothing builds.
"""

from math import prod
from typing import NamedTuple, assert_never

from torch import Generator, nn

from narrows.build_latents import build_variational
from narrows.config import slots
from narrows.config.latent_sections import STANDARD, Latent
from narrows.config.objective_section import Objective
from narrows.config.schema import Config
from narrows.models import heads
from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import Plain, Quantised, Sparse, Variational
from narrows.models.conditional import Conditional, labelled_decoder, labelled_encoder
from narrows.models.conv import conv_decoder, conv_encoder, tied_conv_decoder
from narrows.models.dictionary_layers import Centred, unit_columns
from narrows.models.heads import Head, Pointwise
from narrows.models.jump_relu import JumpRelu
from narrows.models.layers import Layers, Style
from narrows.models.mlp import mlp, tied_mlp
from narrows.models.residual import Stages
from narrows.models.sparse_codes import BatchTopK, Gated, Relu, TopK
from narrows.models.tied import TiedLinear
from narrows.models.traits import Code
from narrows.models.vector_quantisers import VectorQuantised

Shape = tuple[int, int, int]


def build_autoencoder(config: Config, generator: Generator | None = None) -> Autoencoder:
    """The untrained autoencoder of a run, its weights from `generator`."""
    entry = config.data.entry
    return build(config.model, config.code, entry.shape, generator, config.latent, config.objective, len(entry.classes))


def build(
    model: slots.Model,
    code: slots.Code,
    shape: Shape,
    generator: Generator | None = None,
    latent: Latent = STANDARD,
    objective: Objective | None = None,
    classes: int = 0,
) -> Autoencoder:
    """The autoencoder that `model` and `code` describe, for images (C, H, W), its weights from `generator`.

    `latent` are the distributions of a variational code. `objective` decides how many outputs of the decoder describe a
    pixel; None for one that needs no more than one. `classes` is the number of labels, for a conditional one; raises
    ValueError if it has none.
    """
    code_slot, hidden = _code_and_hidden(code, latent, model.bottleneck, shape)
    head = Pointwise(model.output) if objective is None else build_head(objective, model.output)
    labels = classes if slots.is_conditional(model) else 0
    if slots.is_conditional(model) and not classes:
        raise ValueError("model.conditional=true: needs the number of classes")
    encoder, decoder = _halves(model, shape, Ends(hidden, head.outputs, labels), generator)
    if labels:
        encoder = labelled_encoder(encoder, shape, classes, model.init, generator)
        decoder = labelled_decoder(decoder, classes, model.init, generator)
    code_slot.initialise(generator)
    if labels:
        return Conditional(encoder, code_slot, decoder, shape, head, classes)
    return Autoencoder(encoder, code_slot, decoder, shape, head)


def _code_and_hidden(code: slots.Code, latent: Latent, units: int, shape: Shape) -> tuple[Code, int]:
    """The module of the code slot, and how many outputs of the encoder it takes."""
    if isinstance(code, slots.Variational):
        return build_variational(latent, units, shape), latent.posterior.outputs(units)
    module = build_code(code, units)
    return module, module.hidden_per_number * units


def build_head(objective: Objective, output: str) -> Head:
    """The head from the decoder's outputs to pixels; `output` is the model's output function."""
    match objective.name:
        case "mse" | "bce" | "l1":
            return Pointwise(output)
        case "gaussian":
            return heads.Gaussian(output)
        case "continuous_bernoulli":
            return heads.ContinuousBernoulli()
        case "logistic_mixture":
            return heads.LogisticMixture(objective.logistic_mixture.components)
        case _:
            assert_never(objective.name)


class Ends(NamedTuple):
    """What encoder and decoder begin and end with.

    hidden   outputs of the encoder
    outputs  of the decoder for each pixel
    maps     of a convolutional encoder's input, beside those of the image
    """

    hidden: int
    outputs: int
    maps: int

    def inputs(self, shape: Shape) -> Shape:
        """The input of a convolutional encoder for images of this shape."""
        return (shape[0] + self.maps, *shape[1:])

    def scores(self, shape: Shape) -> Shape:
        """The decoder's outputs for images of this shape."""
        return (self.outputs * shape[0], *shape[1:])


def _halves(model: slots.Model, shape: Shape, ends: Ends, generator: Generator | None) -> tuple[Layers, Layers]:
    """Encoder and decoder of images of this shape."""
    match model:
        case slots.Conv():
            return _conv(model, shape, ends, generator)
        case slots.Mlp():
            return _mlp(model, model.widths, _style(model)._replace(gated=model.gated), shape, ends, generator)
        case slots.ResidualConv():
            stages = Stages(model.blocks, model.kernel, _style(model), generator)
            encoder = stages.encoder(ends.inputs(shape), model.channels, ends.hidden)
            return encoder, stages.decoder(ends.scores(shape), model.channels, model.bottleneck)
        case slots.Linear():
            return _linear(model, shape, ends, generator)
        case _:
            assert_never(model)


def _linear(model: slots.Linear, shape: Shape, ends: Ends, generator: Generator | None) -> tuple[Layers, Layers]:
    encoder, decoder = _mlp(model, [], Style(init=model.init), shape, ends, generator)
    (last,) = decoder
    if model.unit_norm:
        assert isinstance(last, nn.Linear)
        last = unit_columns(last)
    if model.centred:
        assert isinstance(last, nn.Linear | TiedLinear)
        encoder = Layers(Centred(last), *encoder)
    return encoder, Layers(last)


def _style(model: slots.Hidden) -> Style:
    return Style(model.activation, model.norm, model.dropout, model.init)


def _mlp(
    model: slots.Mlp | slots.Linear,
    widths: list[int],
    style: Style,
    shape: Shape,
    ends: Ends,
    generator: Generator | None,
) -> tuple[Layers, Layers]:
    encoder = mlp([prod(shape), *widths, ends.hidden], *style, generator=generator)
    if model.tied:
        return encoder, tied_mlp(encoder, style)
    pixels = prod(ends.scores(shape))
    return encoder, mlp([model.bottleneck, *widths[::-1], pixels], *style, generator=generator)


def _conv(model: slots.Conv, shape: Shape, ends: Ends, generator: Generator | None) -> tuple[Layers, Layers]:
    style, channels = _style(model), model.channels
    encoder = conv_encoder(ends.inputs(shape), channels, model.kernel, ends.hidden, style, generator)
    if model.tied:
        return encoder, tied_conv_decoder(encoder, shape, channels, style)
    scores = ends.scores(shape)
    return encoder, conv_decoder(scores, channels, model.kernel, model.bottleneck, model.up, style, generator)


def build_code(code: slots.Code, units: int) -> Code:
    """The module of the code slot, for codes of so many numbers; a variational one has the standard distributions."""
    match code:
        case slots.Plain():
            return Plain(code.activation)
        case slots.Variational():
            return Variational()
        case slots.Sparse():
            return Sparse(code.active)
        case slots.Quantised():
            return Quantised(code.levels)
        case slots.Relu():
            return Relu(units, code.dead_after)
        case slots.BatchTopK():
            return BatchTopK(units, code.dead_after, code.active, code.annealing)
        case slots.TopK():
            return TopK(units, code.dead_after, code.active, code.annealing)
        case slots.JumpRelu():
            return JumpRelu(units, code.dead_after, code.threshold, code.bandwidth)
        case slots.Gated():
            return Gated(units, code.dead_after)
        case slots.VectorQuantised():
            return VectorQuantised(units, code.entries, vectors=code.vectors, decay=code.decay)
        case slots.ResidualQuantised():
            return VectorQuantised(units, code.entries, stages=code.stages, decay=code.decay)
        case _:
            assert_never(code)
