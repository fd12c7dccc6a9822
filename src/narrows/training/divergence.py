"""The messages of a training whose loss is not finite."""

from math import isfinite

import torch
from torch import Tensor


def divergence(losses: Tensor, epoch: int, before: int) -> str:
    """A message that names the first of S steps whose loss, in `losses` (S,), is not finite; empty if all are finite.

    `epoch` counts from 0; `before` is the number of steps before these.
    """
    finite = torch.isfinite(losses)
    if finite.all():
        return ""
    step = before + int(finite.int().argmin()) + 1
    return f"the loss became {losses[~finite][0]} in epoch {epoch + 1}, step {step}"


def validation_divergence(loss: float, epoch: int, step: int) -> str:
    """As `divergence`, for the validation loss of `epoch` (from 1), after `step` steps."""
    return "" if isfinite(loss) else f"the validation loss became {loss} in epoch {epoch + 1}, step {step}"
