"""The objective slot: the loss of each image. Training minimises its mean over a minibatch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.objective.terms import TERMS, Term
from narrows.seeds import FixedNoise, Noise

Error = Callable[[Reconstruction, Tensor], Tensor]


def mse(output: Reconstruction, images: Tensor) -> Tensor:
    """Squared error, mean over pixels: images (B, C, H, W) in [0, 1] to (B,)."""
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
    return _mean(F.l1_loss(output.images, images, reduction="none"))


def bce(output: Reconstruction, images: Tensor) -> Tensor:
    """Cross-entropy in nats, mean over pixels, from the scores as logits: images (B, C, H, W) in [0, 1] to (B,).

    The minimum is above 0 where targets are grey: for MNIST's test images it is 45.5 nats per image, 0.058 per pixel.
    """
    return _mean(F.binary_cross_entropy_with_logits(output.scores, images, reduction="none"))


def _mean(errors: Tensor) -> Tensor:
    """The mean over pixels, (B, C, H, W) to (B,). By a sum: its gradient is a view, that of `mean` an array."""
    pixels = errors.flatten(-3)
    return pixels.sum(-1) / pixels.shape[-1]


OBJECTIVES: dict[str, Error] = {"mse": mse, "bce": bce, "l1": l1}


@dataclass(frozen=True)
class Objective:
    """A reconstruction error plus weighted terms, each summed over the image and divided by its number of pixels.

    Weights therefore have the size that papers give for sums over pixels: bce plus `kl` with weight 1 is the negative
    ELBO per pixel (Kingma & Welling 2014, eq. 3), with weight β the loss of a β-VAE (Higgins et al. 2017).

    weights    by the names of `terms.TERMS`; terms without a weight are not computed
    kl_warmup  epochs over which the weight of `kl` rises linearly (Bowman et al. 2016)
    settings   of the terms that have a section in the config, by their names
    """

    error: Error
    weights: Mapping[str, float]
    kl_warmup: int
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __call__(
        self,
        autoencoder: Autoencoder,
        output: Reconstruction,
        images: Tensor,
        epoch: int,
        noise: Noise | None = None,
    ) -> Tensor:
        """The loss of each image in `epoch` (from 0): images (B, C, H, W), the clean ones, to (B,).

        Terms draw from `noise`; without it they get the same numbers in each call, so that losses can be compared.
        """
        return self.weighted(autoencoder, output, images, self.at(epoch, images[0].numel()), noise)

    def weighted(
        self,
        autoencoder: Autoencoder,
        output: Reconstruction,
        images: Tensor,
        weights: Mapping[str, float | Tensor],
        noise: Noise | None = None,
    ) -> Tensor:
        """As `__call__`, with these weights of the terms: numbers, or (M, 1) for stacked members."""
        losses, source = self.error(output, images), FixedNoise() if noise is None else noise
        for name, weight in weights.items():
            losses = losses + weight * TERMS[name](autoencoder, output, self.settings.get(name, {}), source)
        return losses

    @property
    def terms(self) -> list[Term]:
        """The terms that have a weight."""
        return [TERMS[name] for name in self.weights]

    def at(self, epoch: int, pixels: int) -> dict[str, float]:
        """The weights in `epoch` (from 0), divided by the number of `pixels` of an image."""
        share = min(1.0, (epoch + 1) / (self.kl_warmup + 1))
        return {name: weight * (share if name == "kl" else 1) / pixels for name, weight in self.weights.items()}
