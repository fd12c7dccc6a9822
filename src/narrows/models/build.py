"""From the config's sections to modules: one builder for each kind in a slot."""

from math import prod

from torch import Generator

from narrows import config
from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import Plain
from narrows.models.mlp import mlp

Shape = tuple[int, int, int]


def build(model: config.Mlp | config.Linear, shape: Shape, generator: Generator | None = None) -> Autoencoder:
    """The autoencoder that `model` describes, for images of `shape` (C, H, W), weights drawn from `generator`."""
    if isinstance(model, config.Mlp):
        return _mlp(model, shape, generator)
    return _linear(model, shape, generator)


def _mlp(model: config.Mlp, shape: Shape, generator: Generator | None) -> Autoencoder:
    sizes = [prod(shape), *model.widths, model.bottleneck]
    encoder, decoder = (mlp(way, model.activation, model.norm, model.init, generator) for way in (sizes, sizes[::-1]))
    return Autoencoder(encoder, Plain(), decoder, shape, model.output)


def _linear(model: config.Linear, shape: Shape, generator: Generator | None) -> Autoencoder:
    sizes = [prod(shape), model.bottleneck]
    encoder, decoder = (mlp(way, init=model.init, generator=generator) for way in (sizes, sizes[::-1]))
    return Autoencoder(encoder, Plain(), decoder, shape, model.output)
