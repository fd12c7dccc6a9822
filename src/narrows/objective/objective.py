"""The fourth slot: what is minimised. Every term is per image; whoever trains takes the mean."""

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
    """Arrays (…, C, H, W) to the mean square of their differences (…), to the bit as by `F.mse_loss`.

    It keeps the differences and not both arrays: to subtract again costs as much as the rest of the gradient.
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
        of_pixels = 2 * (gradient / difference.shape[-1])
        return (difference * of_pixels.unsqueeze(-1)).view(ctx.shape), None


def l1(output: Reconstruction, images: Tensor) -> Tensor:
    """Absolute error, mean over pixels: images (B, C, H, W) in [0, 1] to (B,)."""
    return _mean(F.l1_loss(output.images, images, reduction="none"))


def bce(output: Reconstruction, images: Tensor) -> Tensor:
    """Cross-entropy in nats, mean over pixels, from the scores as logits: images (B, C, H, W) in [0, 1] to (B,).

    Grey targets leave a floor above 0: for MNIST's test images 45.5 nats an image, 0.058 a pixel.
    """
    return _mean(F.binary_cross_entropy_with_logits(output.scores, images, reduction="none"))


def _mean(errors: Tensor) -> Tensor:
    """Over the pixels, (B, C, H, W) to (B,); a sum, since the gradient of `mean` is written out pixel by pixel."""
    pixels = errors.flatten(-3)
    return pixels.sum(-1) / pixels.shape[-1]


OBJECTIVES: dict[str, Error] = {"mse": mse, "bce": bce, "l1": l1}


@dataclass(frozen=True)
class Objective:
    """A reconstruction error plus weighted terms, each summed over the image and divided by its number of pixels.

    So weights mean the same beside a mean over pixels as beside a sum over them: bce with `kl` at weight 1 is the
    negative ELBO per pixel (Kingma & Welling 2014, eq. 3), at weight β that of a β-VAE (Higgins et al. 2017).
    `weights` are keyed as `terms.TERMS`, a term without one is not computed; that of `kl` rises linearly over
    `kl_warmup` epochs (Bowman et al. 2016). `settings` are the values of those terms that have any.
    """

    error: Error
    weights: Mapping[str, float]
    kl_warmup: int
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fixed: FixedNoise = field(default_factory=FixedNoise)

    def __call__(
        self,
        autoencoder: Autoencoder,
        output: Reconstruction,
        images: Tensor,
        epoch: int,
        noise: Noise | None = None,
    ) -> Tensor:
        """The loss of each image in `epoch` (from 0): images (B, C, H, W), the clean ones, to (B,).

        In training terms draw from `noise`; without it the same numbers each time, so that losses can be compared.
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
        """The same with these weights of the terms."""
        losses, source = self.error(output, images), self.fixed if noise is None else noise
        for name, weight in weights.items():
            losses = losses + weight * TERMS[name](autoencoder, output, self.settings.get(name, {}), source)
        return losses

    @property
    def terms(self) -> list[Term]:
        """Those that have a weight."""
        return [TERMS[name] for name in self.weights]

    def at(self, epoch: int, pixels: int) -> dict[str, float]:
        """The weights as they stand in `epoch`, for images of so many pixels."""
        share = min(1.0, (epoch + 1) / (self.kl_warmup + 1))
        return {name: weight * (share if name == "kl" else 1) / pixels for name, weight in self.weights.items()}
