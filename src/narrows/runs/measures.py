"""What is measured of a training run beside its losses, once a step or once an epoch."""

from collections.abc import Sequence
from functools import reduce

import torch
from torch import Tensor

from narrows.data.batches import WHOLE
from narrows.data.sources import as_floats
from narrows.data.splits import Splits
from narrows.models.autoencoder import Autoencoder

WATCHED = 1000  # images whose codes are looked at after each epoch: 5 ms for the default model
ACTIVE = 0.01  # variance, in the code's own units, below which a unit tells images hardly apart


def gradient_norm(gradients: Sequence[Tensor]) -> Tensor:
    """The norm of all gradients as one vector, a scalar on their device: whoever reads it waits, so read it late."""
    return torch.stack(torch._foreach_norm(list(gradients))).square().sum().sqrt()


def gradient_norms(gradients: Sequence[Tensor]) -> Tensor:
    """As `gradient_norm` for each of M stacked members: gradients (M, …) to (M,)."""
    norms = [torch.linalg.vector_norm(gradient.flatten(1), dim=1) for gradient in gradients]
    return torch.stack(norms).square().sum(0).sqrt()


def mean_of_finite(norms: Tensor) -> Tensor:
    """The mean over steps, (S, …) to (…); those that mixed precision skipped for their infinite gradients are none."""
    finite = norms.isfinite()
    return norms.where(finite, 0).sum(0) / finite.sum(0)


def active_units(codes: Tensor) -> Tensor:
    """How many numbers of the codes (…, N, k) have a variance over the N images above 0.01, (…).

    Burda et al. 2016, section 5.2; of the means where the code is a distribution.
    """
    return (codes.var(-2) > ACTIVE).sum(-1)


def mean_losses(losses: Tensor) -> Tensor:
    """Of losses (M, N) on images held out, (M,): rounded as those of a run alone, since the last digit may decide."""
    total: Tensor = reduce(torch.add, [part.sum(1) for part in losses.split(WHOLE, 1)])
    return total.double() / losses.shape[1]


def watched(splits: Splits) -> Tensor:
    """The images whose codes are looked at while training: uint8 (N, C, H, W), held out where any are."""
    return (splits.val if len(splits.val) else splits.train).pixels[:WATCHED]


@torch.no_grad()
def codes(autoencoder: Autoencoder, pixels: Tensor) -> Tensor:
    """The codes of uint8 images (N, C, H, W) as they are in evaluation, (N, k); its mode is left as it was."""
    training = autoencoder.training
    found = autoencoder.eval().encode(as_floats(pixels).to(next(autoencoder.parameters())))
    autoencoder.train(training)
    return found
