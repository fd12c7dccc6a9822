"""Reconstruction errors of hidden pixels only, which masked autoencoders minimise (He et al. 2022, section 3)."""

from collections.abc import Callable

from torch import Tensor

from narrows.models.autoencoder import Reconstruction
from narrows.models.corruptions import HIDDEN
from narrows.objective.pixel_errors import absolute, cross_entropy

PixelError = Callable[[Reconstruction, Tensor], Tensor]


def _squared(output: Reconstruction, images: Tensor) -> Tensor:
    return (output.images - images).square()


#: The error of each pixel, images (B, C, H, W) to the same shape, by the names of `objective.OBJECTIVES`.
PIXELWISE: dict[str, PixelError] = {"mse": _squared, "l1": absolute, "bce": cross_entropy}


def of_hidden_pixels(name: str) -> PixelError:
    """The error `name`, mean over the pixels that are hidden in the input: images (B, C, H, W) to (B,).

    0 for an image without hidden pixels. Raises KeyError for an error that is not in `PIXELWISE`.
    """
    pixelwise = PIXELWISE[name]

    def error(output: Reconstruction, images: Tensor) -> Tensor:
        hidden = output.inputs == HIDDEN
        errors = pixelwise(output, images).where(hidden, 0).flatten(-3)
        return errors.sum(-1) / hidden.flatten(-3).sum(-1).clamp(min=1)

    return error
