"""Builds modules, optimisers and schedules from the sections of a config.

Each `match` ends in `assert_never`, so that mypy reports a kind of the schema that nothing builds.
"""

from collections.abc import Callable, Iterable
from math import cos, pi, prod
from typing import Any, NamedTuple, assert_never

from torch import Generator, nn, optim
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LambdaLR, LRScheduler, OneCycleLR

from narrows.build_latents import build_bound, build_variational
from narrows.config import slots, training_sections
from narrows.config.latent_sections import ELBO, STANDARD, Bound, Latent
from narrows.config.schema import Config
from narrows.eager_optimizers import eager
from narrows.models import heads
from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import Plain, Quantised, Sparse, Variational
from narrows.models.conditional import Conditional, OfImages, labelled_decoder, labelled_encoder
from narrows.models.conv import conv_decoder, conv_encoder, tied_conv_decoder
from narrows.models.corruptions import Clean, Gaussian, Masking, Patches, SaltPepper
from narrows.models.dictionary_layers import Centred, unit_columns
from narrows.models.heads import Head, Pointwise
from narrows.models.jump_relu import JumpRelu
from narrows.models.layers import Layers, Style
from narrows.models.mlp import mlp, tied_mlp
from narrows.models.residual import Stages
from narrows.models.sparse_codes import BatchTopK, Gated, Relu, TopK
from narrows.models.tied import TiedLinear
from narrows.models.traits import Code, Corruption
from narrows.models.vector_quantisers import VectorQuantised
from narrows.objective.held_out import HeldOut, draws
from narrows.objective.hidden_pixels import of_hidden_pixels
from narrows.objective.objective import OBJECTIVES, Error, Objective

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
    objective: slots.Objective | None = None,
    classes: int = 0,
) -> Autoencoder:
    """The autoencoder that `model` and `code` describe, for images (C, H, W), its weights from `generator`.

    `latent` are the distributions of a variational code. `objective` decides how many outputs of the decoder describe a
    pixel; None for one that needs no more than one. `classes` is the number of labels, for a conditional one; raises
    ValueError if it has none.
    """
    if isinstance(code, slots.Variational):
        code_slot: Code = build_variational(latent, model.bottleneck, shape)
        hidden = latent.posterior.outputs(model.bottleneck)
    else:
        code_slot = build_code(code, model.bottleneck)
        hidden = code_slot.hidden_per_number * model.bottleneck
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


def build_head(objective: slots.Objective, output: str) -> Head:
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


def build_corruption(corruption: slots.Corruption, labelled: Shape | None = None) -> Corruption:
    """The module of the corruption slot; for labelled images if `labelled` is the shape (C, H, W) of their images."""
    return OfImages(_corruption(corruption), labelled) if labelled else _corruption(corruption)


def _corruption(corruption: slots.Corruption) -> Corruption:
    match corruption:
        case slots.Clean():
            return Clean()
        case slots.Masking():
            return Masking(corruption.level)
        case slots.Gaussian():
            return Gaussian(corruption.level)
        case slots.SaltPepper():
            return SaltPepper(corruption.level)
        case slots.Patches():
            return Patches(corruption.level, corruption.size)
        case _:
            assert_never(corruption)


def build_objective(objective: slots.Objective, bound: Bound = ELBO) -> Objective:
    """The loss of each image, without the terms whose weight is 0."""
    weights = {name: weight for name, weight in objective.weights.model_dump().items() if weight}
    settings = {name: section for name, section in objective.model_dump().items() if name in weights}
    error = OBJECTIVES[objective.name] if objective.pixels == "all" else Error(of_hidden_pixels(objective.name))
    summed = objective.reduction == "sum"
    return Objective(error, weights, objective.kl_warmup, settings, build_bound(bound), summed)


def build_held_out(config: Config) -> HeldOut:
    """The loss of images that are not trained on, which `trainer.monitor` names."""
    labelled = config.data.entry.shape if slots.is_conditional(config.model) else None
    corruption = build_corruption(config.corruption, labelled)
    code = build_code(config.code, config.model.bottleneck)
    noisy = config.trainer.monitor == "loss" and draws(corruption, code)
    return HeldOut(build_objective(config.objective, config.bound), corruption, noisy)


def build_optimizer(
    parameters: Iterable[nn.Parameter], optimizer: training_sections.Optimizer
) -> optim.Adam | optim.SGD:
    """The optimiser, which does not clip: `parameters` may be those of several runs.

    `fused` updates all parameters in one kernel, on a CPU 1.6 times as fast as torch's default.
    """
    match optimizer:
        case training_sections.Adam():
            return eager(optim.Adam)(parameters, **_adam(optimizer))
        case training_sections.AdamW():
            return eager(optim.AdamW)(parameters, **_adam(optimizer))
        case training_sections.Sgd():
            decay = optimizer.weight_decay
            return eager(optim.SGD)(parameters, optimizer.lr, optimizer.momentum, weight_decay=decay, fused=True)
        case _:
            assert_never(optimizer)


def _adam(optimizer: training_sections.Adam | training_sections.AdamW) -> dict[str, Any]:
    betas = (optimizer.beta1, optimizer.beta2)
    return {**optimizer.model_dump(include={"lr", "weight_decay", "eps"}), "betas": betas, "fused": True}


def build_schedule(
    optimizer: optim.Optimizer, schedule: training_sections.Schedule, steps: int, epoch: int
) -> LRScheduler:
    """A scheduler of the learning rate, to be stepped after each of `steps` optimiser steps, `epoch` in each epoch."""
    match schedule:
        case training_sections.OneCycle():
            return OneCycleLR(optimizer, max_lr=optimizer.param_groups[0]["lr"], total_steps=steps)
        case training_sections.Constant() if not schedule.warmup:
            return ConstantLR(optimizer, factor=1.0)
        case training_sections.Cosine() if not schedule.warmup:
            return CosineAnnealingLR(optimizer, T_max=steps)  # rounds otherwise than `_course`
        case training_sections.Constant() | training_sections.Cosine() | training_sections.Step():
            return LambdaLR(optimizer, _course(schedule, steps, epoch))
        case _:
            assert_never(schedule)


def _course(
    schedule: training_sections.Constant | training_sections.Cosine | training_sections.Step, steps: int, epoch: int
) -> Callable[[int], float]:
    """The factor of the learning rate by step; in the k-th of w steps of warm-up it is k / w (Goyal et al. 2017)."""
    warmup = round(schedule.warmup * epoch)

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / warmup
        match schedule:
            case training_sections.Cosine():
                return (1 + cos(pi * (step - warmup) / max(1, steps - warmup))) / 2
            case training_sections.Step():
                return float(schedule.gamma ** sum(step >= milestone * epoch for milestone in schedule.milestones))
            case training_sections.Constant():
                return 1.0

    return factor
