"""Reconstruction errors of hidden pixels only, which masked autoencoders minimise (He et al. 2022, section 3)."""

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F

from narrows.models.autoencoder import Reconstruction
from narrows.models.corruptions import HIDDEN

Error = Callable[[Reconstruction, Tensor], Tensor]


def _squared(output: Reconstruction, images: Tensor) -> Tensor:
    return (output.images - images).square()


def _absolute(output: Reconstruction, images: Tensor) -> Tensor:
    return F.l1_loss(output.images, images, reduction="none")


def _cross_entropy(output: Reconstruction, images: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(output.scores, images, reduction="none")


#: The error of each pixel, images (B, C, H, W) to the same shape, by the names of `objective.OBJECTIVES`.
PIXELWISE: dict[str, Error] = {"mse": _squared, "l1": _absolute, "bce": _cross_entropy}


def of_hidden_pixels(name: str) -> Error:
    """The error `name`, mean over the pixels that are hidden in the input: images (B, C, H, W) to (B,).

    0 for an image without hidden pixels. Raises KeyError for an error that is not in `PIXELWISE`.
    """
    pixelwise = PIXELWISE[name]

    def error(output: Reconstruction, images: Tensor) -> Tensor:
        hidden = output.inputs == HIDDEN
        errors = pixelwise(output, images).where(hidden, 0).flatten(-3)
        return errors.sum(-1) / hidden.flatten(-3).sum(-1).clamp(min=1)

    return error
