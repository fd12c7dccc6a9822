"""Reconstruction errors of each image, mean over its pixels."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from narrows.models.autoencoder import Reconstruction
from narrows.objective import errors_of_logits


def mse(output: Reconstruction, images: Tensor) -> Tensor:
    """Squared error, mean over pixels: images (B, C, H, W) in [0, 1] to (B,)."""
    if output.head.of_logits and errors_of_logits.computes(output.scores):
        return errors_of_logits.means(output.scores, images, squared=True)
    errors: Tensor = _SquaredError.apply(output.images, images)[0]
    return errors


class _SquaredError(torch.autograd.Function):
    """Arrays (…, C, H, W) to the mean square of their differences (…), bit for bit equal to `F.mse_loss`.

    Keeps the differences for the gradient, where torch keeps both arrays and subtracts again, which doubles its cost.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(rebuilt: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        difference = (rebuilt - images).flatten(-3)
        return (difference * difference).sum(-1) / difference.shape[-1], difference

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: tuple[Tensor, Tensor]) -> None:  # noqa: ANN401
        ctx.shape, difference = inputs[0].shape, output[1]
        ctx.mark_non_differentiable(difference)
        ctx.save_for_backward(difference)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, _: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        (difference,) = ctx.saved_tensors
        scale = 2 * (gradient / difference.shape[-1])
        return (difference * scale.unsqueeze(-1)).view(ctx.shape), None


def l1(output: Reconstruction, images: Tensor) -> Tensor:
    """Absolute error, mean over pixels: images (B, C, H, W) in [0, 1] to (B,)."""
    return mean_over_pixels(absolute(output, images))


def bce(output: Reconstruction, images: Tensor) -> Tensor:
    """Cross-entropy in nats, mean over pixels, from the scores as logits: images (B, C, H, W) in [0, 1] to (B,).

    The minimum is above 0 where targets are grey: for MNIST's test images it is 45.5 nats per image, 0.058 per pixel.
    """
    if errors_of_logits.computes(output.scores):
        return errors_of_logits.means(output.scores, images, squared=False)
    return mean_over_pixels(cross_entropy(output, images))


def absolute(output: Reconstruction, images: Tensor) -> Tensor:
    """The absolute error of each pixel, images (B, C, H, W) to the same shape."""
    return F.l1_loss(output.images, images, reduction="none")


def cross_entropy(output: Reconstruction, images: Tensor) -> Tensor:
    """The cross-entropy of each pixel in nats, images (B, C, H, W) to the same shape."""
    return F.binary_cross_entropy_with_logits(output.scores, images, reduction="none")


def mean_over_pixels(errors: Tensor) -> Tensor:
    """The mean over pixels, (B, C, H, W) to (B,). By a sum: its gradient is a view, that of `mean` an array."""
    pixels = errors.flatten(-3)
    return pixels.sum(-1) / pixels.shape[-1]
