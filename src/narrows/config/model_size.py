"""How many weights an autoencoder has, counted from its config before it is built."""

from itertools import pairwise
from math import prod
from typing import assert_never

from narrows import memory
from narrows.config import slots
from narrows.config.latent_sections import encoder_outputs
from narrows.config.schema import Config
from narrows.errors import UserError

#: Copies of the weights while a run trains alone, at least: weights, gradients, and the two moments of Adam.
COPIES = 4


def refuse_too_large(config: Config) -> None:
    """Raise UserError for a model that needs more memory to train than is free, before torch is loaded."""
    needed, free = COPIES * weight_bytes(config), memory.free()
    if needed > free:
        raise UserError(
            f"{_sizes(config.model)}: the model needs {memory.gigabytes(needed)} of memory to train, "
            f"and {memory.gigabytes(free)} are free"
        )


def weight_bytes(config: Config) -> int:
    """Bytes of the weights, without those of norms."""
    return weights(config) * (8 if config.trainer.precision == "64-true" else 4)


def weights(config: Config) -> int:
    """The number of weights and biases, without those of norms."""
    model, shape = config.model, config.data.entry.shape
    hidden = encoder_outputs(config.code, config.posterior, model.bottleneck)
    outputs = (config.objective.outputs * shape[0], *shape[1:])
    encoder, decoder = _layers(model, shape, hidden), _layers(model, outputs, model.bottleneck)
    labels = len(config.data.entry.classes) if slots.is_conditional(model) else 0
    of_classes = labels * (encoder[0][1] * encoder[0][2] + decoder[-1][0])
    encoding = of_classes + sum((before * kernel + 1) * after for before, after, kernel in encoder)
    return (
        _of_distributions(config)
        + _of_gates(model, encoder, decoder)
        + encoding
        + sum((0 if model.tied else before * kernel * after) + before for before, after, kernel in decoder)
    )


def _of_gates(model: slots.Model, encoder: list[tuple[int, int, int]], decoder: list[tuple[int, int, int]]) -> int:
    """Those of the gates of hidden layers: all of the encoder and, mirrored, the decoder but the last of each."""
    gated = isinstance(model, slots.Mlp) and model.gated
    of_encoder = sum((before + 1) * after for before, after, _ in encoder[:-1])
    return gated * (of_encoder + sum(before * (after + 1) for before, after, _ in decoder[1:]))


def _of_distributions(config: Config) -> int:
    """Those of a variational code's posterior and prior."""
    numbers = config.model.bottleneck
    return config.posterior.weights(numbers) + config.prior.weights(numbers, prod(config.data.entry.shape))


def _layers(model: slots.Model, shape: tuple[int, int, int], numbers: int) -> list[tuple[int, int, int]]:
    """Each layer of an encoder with so many outputs: its inputs, outputs, and the pixels of its kernel."""
    match model:
        case slots.Linear():
            return [(prod(shape), numbers, 1)]
        case slots.Mlp():
            return [(*pair, 1) for pair in pairwise([prod(shape), *model.widths, numbers])]
        case slots.Conv():
            height, width = (-(-side // 2 ** len(model.channels)) for side in shape[1:])  # halved and rounded up
            convolutions = [(*pair, model.kernel**2) for pair in pairwise([shape[0], *model.channels])]
            return [*convolutions, (model.channels[-1] * height * width, numbers, 1)]
        case slots.ResidualConv():
            height, width = (-(-side // 2 ** len(model.channels)) for side in shape[1:])
            stages = [(*pair, model.kernel**2) for pair in pairwise([shape[0], *model.channels])]
            blocks = [(count, count, model.kernel**2) for count in model.channels] * (2 * model.blocks)
            return [*stages, *blocks, (model.channels[-1] * height * width, numbers, 1)]
        case _:
            assert_never(model)


def _sizes(model: slots.Model) -> str:
    """The keys that decide the size, with their values."""
    keys = [key for key in ("bottleneck", "widths", "channels", "blocks", "kernel") if hasattr(model, key)]
    return " ".join(f"model.{key}={getattr(model, key)}" for key in keys).replace(", ", ",")
