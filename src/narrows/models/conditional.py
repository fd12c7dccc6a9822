"""Conditional autoencoders: encoder and decoder are also given the class of each image (Sohn et al. 2015).

The label of an image stands behind its numbers, in one row (1, 1, C·H·W + 1) for each image, so that all that trains an
autoencoder moves it along with the image. Labels are divided by 255, as bytes are.
"""

import torch
from torch import Generator, Tensor, nn

from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.models.heads import Head
from narrows.models.initialisation import initialise
from narrows.models.layers import Layers
from narrows.models.traits import Code, Corruption, Layer
from narrows.models.uninitialised import uninitialised
from narrows.seeds import Noise

SCALE = 255

Shape = tuple[int, int, int]


def with_labels(pixels: Tensor, labels: Tensor) -> Tensor:
    """Images (N, C, H, W), bytes or floats, and labels (N,) from 0, to labelled images (N, 1, 1, C·H·W + 1)."""
    numbers = labels / SCALE if pixels.is_floating_point() else labels
    return torch.cat([pixels.flatten(1), numbers.to(pixels).unsqueeze(1)], 1)[:, None, None, :]


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """Labels divided by 255, (…, 1), to (…, classes), of their type."""
    numbers = torch.arange(classes, device=labels.device)
    return ((labels * SCALE).round() == numbers).to(labels.dtype)


class Conditional(Autoencoder):
    """An autoencoder of labelled images: it reconstructs the images, given their labels.

    `decode` takes codes with labels behind them, which `of_class` puts there. Encoder and decoder begin with layers
    that take a label as their last number; see `labelled_encoder` and `labelled_decoder`.
    """

    conditional = True

    def __init__(
        self, encoder: nn.Module, code: Code, decoder: nn.Module, shape: Shape, output: Head | str, classes: int
    ) -> None:
        super().__init__(encoder, code, decoder, shape, output)
        self.classes = classes

    @property
    def input_shape(self) -> Shape:
        return (1, 1, self.pixels + 1)

    def target(self, images: Tensor) -> Tensor:
        target: Tensor = images.flatten(-3)[..., :-1].unflatten(-1, self.shape)
        return target

    def compared(self, output: Reconstruction, images: Tensor) -> tuple[Reconstruction, Tensor]:
        return output._replace(inputs=self.target(output.inputs)), self.target(images)

    def decoder_input(self, code: Tensor, images: Tensor) -> Tensor:
        return torch.cat([code, images.flatten(-3)[..., -1:]], -1)

    def of_class(self, codes: Tensor, label: int) -> Tensor:
        """The images of codes (B, k) as images of one class, (B, C, H, W): with codes from the prior, samples of it."""
        return self.decode(torch.cat([codes, codes.new_full((len(codes), 1), label / SCALE)], -1))


class LabelledLinear(Layer):
    """A linear layer for numbers with a label behind them, (B, in + 1) to (B, out), with weights for each class."""

    stacks = True

    def __init__(self, linear: nn.Linear, classes: int, init: str, generator: Generator | None) -> None:
        super().__init__()
        self.linear, self.classes = linear, classes
        self.of_classes = uninitialised(nn.Linear, classes, linear.out_features, bias=False)
        initialise(self.of_classes, init, "identity", generator)

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        of_class = one_hot(x[..., -1:], self.classes) @ self.of_classes.weight.mT
        output: Tensor = of_class + self.linear(x[..., :-1])
        return output


class LabelMaps(Layer):
    """Labelled images (B, C·H·W + 1) to maps (B, C + classes, H, W): a map of ones for the image's class, else of 0."""

    def __init__(self, shape: Shape, classes: int) -> None:
        super().__init__()
        self.shape, self.classes = shape, classes

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        images, labels = x[:, :-1].unflatten(1, self.shape), one_hot(x[:, -1:], self.classes)
        return torch.cat([images, labels[:, :, None, None].expand(-1, -1, *self.shape[1:])], 1)


def labelled_encoder(layers: Layers, shape: Shape, classes: int, init: str, generator: Generator | None) -> Layers:
    """The encoder for labelled images; a convolutional one has `classes` more channels in its input than `shape`."""
    if isinstance(layers[0], nn.Unflatten):
        return Layers(LabelMaps(shape, classes), *layers[1:])
    return labelled_decoder(layers, classes, init, generator)


def labelled_decoder(layers: Layers, classes: int, init: str, generator: Generator | None) -> Layers:
    """The layers for numbers with a label behind them; the first is linear."""
    first = layers[0]
    assert isinstance(first, nn.Linear)
    return Layers(LabelledLinear(first, classes, init, generator), *layers[1:])


class OfImages(Corruption):
    """A corruption of labelled images, (B, 1, 1, C·H·W + 1) to the same shape: their labels stay as they are."""

    def __init__(self, corruption: Corruption, shape: Shape) -> None:
        super().__init__(corruption.level)
        self.corruption, self.shape = corruption, shape
        self.changes = corruption.changes  # type: ignore[misc] # the attribute of the kind inside

    def at(self, level: float | Tensor) -> Corruption:
        return OfImages(self.corruption.at(level), self.shape)

    def forward(self, images: Tensor, noise: Noise | None = None) -> Tensor:
        numbers = images.flatten(-3)
        corrupted = self.corruption(numbers[..., :-1].unflatten(-1, self.shape), noise)
        return torch.cat([corrupted.flatten(-3), numbers[..., -1:]], -1)[..., None, None, :]
