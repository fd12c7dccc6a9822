"""What a run costs on one CPU thread: the operations of its network, and how long each takes. Without torch.

The constants were measured on an AMD EPYC; processors of the last years differ by less than a factor of two.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, prod
from typing import NamedTuple, assert_never

from narrows.config import slots
from narrows.config.data_section import Data
from narrows.config.latent_sections import encoder_outputs
from narrows.config.schema import Config
from narrows.sweeps.evaluation_cost import evaluation_seconds

START = 5.0  # seconds until a process trains: torch and Lightning are imported, the data are read
BESIDE = 0.3  # seconds of a run beside its training and evaluation: building it, its record, its files for TensorBoard
REPORT = 5.0  # seconds of the report at the end

FORWARD = 1 / 3  # of the time of a training step is its forward pass
EVALUATED = 1 / 2  # of the time in which an image is trained on, it is evaluated: memory is allocated for each pass
JACOBIAN = 1 / 2  # of the time of a training step is added for each number of the code by a contractive weight
PCA = 6e-11  # seconds per image and squared pixel


class Network(NamedTuple):
    """The operations of a network on one image, and its weights.

    `linear` and `convolved` are multiply-adds, `numbers` are outputs of layers.
    """

    linear: int
    convolved: int
    numbers: int
    weights: int


class Pace(NamedTuple):
    """Seconds for each operation of `Network` in training, and for each weight in a step of the optimiser."""

    linear: float
    convolved: float
    numbers: float
    weights: float


#: Seconds for each output of the decoder in training, beyond those of the squared error, with the gradient.
ERRORS = {"bce": 8e-9, "continuous_bernoulli": 4e-8, "logistic_mixture": 2.5e-8}

ALONE = Pace(3.6e-11, 4.7e-11, 5.9e-9, 4.3e-9)
TOGETHER = Pace(5.2e-11, 7.5e-11, 2.5e-9, 1.7e-9)  # of a member of a fleet, where steps cost less beside the arithmetic


def training_seconds(config: Config, epochs: float, together: bool) -> float:
    """Seconds of so many epochs, and of the pretraining, alone or `together` with others in a fleet."""
    pace, data = TOGETHER if together else ALONE, config.data
    image, steps = _image_seconds(config, pace), ceil(data.trained / data.batch_size)
    epoch = image * (data.trained + FORWARD * data.held_out) + steps * pace.weights * network(config).weights
    pretraining = config.pretrain.epochs if isinstance(config.pretrain, slots.Layerwise) else 0
    return (epochs + pretraining) * epoch  # a pair of layers takes a part of an epoch, and all pairs about the whole


def _image_seconds(config: Config, pace: Pace) -> float:
    """Seconds in which an image is trained on, without the optimiser."""
    seconds, weights = _arithmetic(network(config), pace), config.objective.weights
    seconds *= (1 + config.bound.drawn) / 2  # codes of an image are decoded one by one, and the image encoded once
    outputs = config.objective.outputs * prod(config.data.entry.shape)
    seconds += config.bound.drawn * outputs * ERRORS.get(config.objective.name, 0)
    if weights.contractive:
        seconds *= 1 + JACOBIAN * config.model.bottleneck
    if weights.mmd:  # three kernels of a bandwidth each, over all pairs of a batch
        seconds += 3 * len(config.objective.mmd.bandwidths) * config.data.batch_size * ALONE.numbers
    return seconds


def conclusion_seconds(config: Config) -> float:
    """Seconds of the evaluations at the end of a run, without PCA, which the runs of a process share."""
    data, image = config.data, EVALUATED * _arithmetic(network(config), ALONE)
    errors = image * (data.trained + data.held_out + data.entry.test)  # of each split, and the test loss
    return errors + sum(evaluation_seconds(name, config, image) for name in config.evaluation)


def _arithmetic(layers: Network, pace: Pace) -> float:
    return layers.linear * pace.linear + layers.convolved * pace.convolved + layers.numbers * pace.numbers


def pca_seconds(data: Data) -> float:
    """Seconds of PCA of the training images."""
    return PCA * data.trained * prod(data.entry.shape) ** 2


def network(config: Config) -> Network:
    """The operations and weights of the encoder and the decoder that mirrors it."""
    outputs = encoder_outputs(config.code, config.posterior, config.model.bottleneck)
    heads = ceil(outputs / config.model.bottleneck)
    layers = _layers(config.data.entry.shape, config.model, heads, config.objective.outputs)
    return layers._replace(weights=layers.weights // 2) if config.model.tied else layers


def _layers(shape: tuple[int, int, int], model: slots.Model, heads: int, outputs: int) -> Network:
    """`heads` are the numbers that the encoder computes for each number of the code: mean and variance, or itself.

    `outputs` are those that the decoder computes for each pixel.
    """
    match model:
        case slots.Conv():
            return _conv(shape, model, heads, outputs)
        case slots.ResidualConv():
            return _residual(shape, model, heads, outputs)
        case slots.Mlp():
            return _mlp([prod(shape), *model.widths, model.bottleneck], heads, outputs, model.gated)
        case slots.Linear():
            return _mlp([prod(shape), model.bottleneck], heads, outputs)
        case _:
            assert_never(model)


def _mlp(sizes: Sequence[int], heads: int, outputs: int, gated: bool = False) -> Network:
    """With gates each hidden layer has as many weights again."""
    products = [before * after for before, after in pairwise(sizes)]
    weights = 2 * sum(products) + (heads - 1) * products[-1] + (outputs - 1) * products[0]
    weights += gated * (sum(products[:-1]) + sum(products[1:]))
    return Network(weights, 0, 2 * sum(sizes) + (outputs - 1) * sizes[0], weights)


def _residual(shape: tuple[int, int, int], model: slots.ResidualConv, heads: int, outputs: int) -> Network:
    """A stage's convolution and blocks are computed on its maps before they are halved; so are their mirror images."""
    places, channels, size = [], [shape[0], *model.channels], shape[1:]
    for _ in model.channels:
        places.append(prod(size))
        size = (ceil(size[0] / 2), ceil(size[1] / 2))
    blocks = 2 * model.blocks
    kernels = [(before * after + blocks * after**2) * model.kernel**2 for before, after in pairwise(channels)]
    linear = (1 + heads) * channels[-1] * prod(size) * model.bottleneck
    more = (outputs - 1) * channels[0] * channels[1] * model.kernel**2  # weights of the decoder's last convolution
    return Network(
        linear,
        2 * sum(kernel * count for kernel, count in zip(kernels, places, strict=True)) + more * places[0],
        2 * (blocks + 1) * sum(count * place for count, place in zip(model.channels, places, strict=True)),
        linear + 2 * sum(kernels) + more,
    )


def _conv(shape: tuple[int, int, int], model: slots.Conv, heads: int, outputs: int) -> Network:
    """Each convolution halves height and width; its mirror image is as large, or on four times as many places."""
    pixels, channels, down = [prod(shape[1:])], [shape[0], *model.channels], shape[1:]
    for _ in model.channels:
        down = (ceil(down[0] / 2), ceil(down[1] / 2))
        pixels.append(prod(down))
    kernels = [before * after * model.kernel**2 for before, after in pairwise(channels)]
    resized = 4 if model.up == "resize" else 1
    linear = (1 + heads) * channels[-1] * pixels[-1] * model.bottleneck
    more = (outputs - 1) * kernels[0]  # weights of the decoder's last convolution
    return Network(
        linear,
        sum((1 + resized) * kernel * places for kernel, places in zip(kernels, pixels[1:], strict=True))
        + resized * more * pixels[1],
        2 * sum(count * places for count, places in zip(channels, pixels, strict=True)),
        linear + 2 * sum(kernels) + more,
    )
