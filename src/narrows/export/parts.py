"""The parts of an autoencoder that are exported: each takes and gives numbers in the units of the data's files."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from narrows.config.scales import Contrast
from narrows.data.normalised_contrast import normalised
from narrows.data.preparation import Preparation
from narrows.models.autoencoder import Autoencoder
from narrows.models.conditional import SCALE, with_labels

BYTE = 255.0


class Scaling(nn.Module):
    """Raw numbers (B, C, H, W) to the autoencoder's float32 images, (raw - shift) / factor, and the inverse.

    Raw numbers have the type `dtype` in the files; shift and factor broadcast to (C, H, W). With normalised contrast
    outputs are given as they are: no image's own brightness and contrast are known any more.
    """

    shift: Tensor
    factor: Tensor

    def __init__(self, shift: Tensor, factor: Tensor, dtype: torch.dtype, contrast: Contrast = "none") -> None:
        super().__init__()
        self.dtype, self.contrast = dtype, contrast
        self.register_buffer("shift", shift)
        self.register_buffer("factor", factor)

    def forward(self, raw: Tensor) -> Tensor:
        raw = normalised(raw, self.contrast)
        numbers = raw if raw.is_floating_point() else raw.float()
        return ((numbers - self.shift) / self.factor).float()

    def inverse(self, images: Tensor) -> Tensor:
        return images.to(self.factor.dtype) * self.factor + self.shift if self.contrast == "none" else images

    def trained(self, outputs: Tensor) -> Tensor:
        """Outputs of a part, in the units that the autoencoder is trained in."""
        return self(outputs) if self.contrast == "none" else outputs


def scaling(preparation: Preparation | None, dtype: torch.dtype) -> Scaling:
    """The scaling of data whose raw numbers have this type; bytes that are pixels are divided by 255."""
    if preparation and preparation.scale != "pixels":
        return Scaling(preparation.shift, preparation.factor, dtype, preparation.contrast)
    factor = 1.0 if dtype.is_floating_point else BYTE
    return Scaling(torch.zeros(1), torch.full((1,), factor), dtype)


class Part(nn.Module):
    """A part of an autoencoder between raw images (B, C, H, W) and codes (B, k), without noise.

    A conditional autoencoder also takes `labels`, int64 (B,).
    """

    def __init__(self, autoencoder: Autoencoder, scaling: Scaling) -> None:
        super().__init__()
        self.autoencoder, self.scaling = autoencoder, scaling

    def inputs(self, images: Tensor, labels: Tensor | None) -> Tensor:
        """What the autoencoder takes: scaled images, with their labels behind them if there are any."""
        scaled: Tensor = self.scaling(images)
        return scaled if labels is None else with_labels(scaled, labels)


class Encoder(Part):
    """Raw images to codes, their mean where a code is a distribution."""

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.autoencoder.encode(self.inputs(images, labels))


class Decoder(Part):
    """Codes to raw images."""

    def forward(self, codes: Tensor, labels: Tensor | None = None) -> Tensor:
        numbers = codes if labels is None else torch.cat([codes, labels.to(codes).unsqueeze(1) / SCALE], 1)
        return self.scaling.inverse(self.autoencoder.decode(numbers))


class Whole(Part):
    """Raw images to their reconstructions."""

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.scaling.inverse(self.autoencoder.reconstruct(self.inputs(images, labels)))


class Exported(NamedTuple):
    """A part under its name, with the names of its first input and of its output, and an example of its inputs."""

    name: str
    module: Part
    takes: str
    gives: str
    example: tuple[Tensor, ...]

    @property
    def inputs(self) -> dict[str, Tensor]:
        """The example inputs by name."""
        return dict(zip((self.takes, "labels"), self.example, strict=False))


def parts(autoencoder: Autoencoder, scaling: Scaling, bottleneck: int) -> list[Exported]:
    """Encoder, decoder and the whole. Examples have two rows: one row would make a graph of one row."""
    labels = [torch.zeros(2, dtype=torch.int64)] if autoencoder.conditional else []
    images = (torch.zeros(2, *autoencoder.shape, dtype=scaling.dtype), *labels)
    codes = (torch.zeros(2, bottleneck), *labels)
    arguments: Any = (autoencoder, scaling)
    return [
        Exported("encoder", Encoder(*arguments), "images", "codes", images),
        Exported("decoder", Decoder(*arguments), "codes", "reconstructions", codes),
        Exported("autoencoder", Whole(*arguments), "images", "reconstructions", images),
    ]
