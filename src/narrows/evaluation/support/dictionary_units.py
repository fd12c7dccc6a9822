"""A trained code as a dictionary: the direction of each unit, when it fires, and which true feature it stands for."""

from typing import NamedTuple

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn import functional as F

from narrows.data.in_batches import in_batches
from narrows.data.truth import Truth
from narrows.models.autoencoder import Autoencoder


def directions(autoencoder: Autoencoder, units: int, device: torch.device) -> Tensor:
    """What each unit adds to the decoded image, at length 1: (k, C·H·W). For a linear decoder its columns."""
    codes = torch.cat([torch.zeros(1, units), torch.eye(units)]).to(device)
    decoded = in_batches(autoencoder.decode, codes).flatten(1)
    return F.normalize(decoded[1:] - decoded[:1])


def firing(autoencoder: Autoencoder, pixels: Tensor) -> Tensor:
    """Which units are active in each image, (N, C, H, W) to bool (N, k). Of a dense code all are."""
    return in_batches(lambda images: autoencoder.encode(images) != 0, pixels)


class Matching(NamedTuple):
    """The pairs of units and features with the largest sum of cosines: min(k, F) of each, one to one."""

    units: Tensor
    features: Tensor
    cosines: Tensor


def match(units: Tensor, truth: Truth) -> Matching:
    """Match directions of units (k, D) with features (F, D) by the Hungarian algorithm (Kuhn 1955)."""
    cosines = units @ truth.features.T
    rows, columns = linear_sum_assignment(cosines.cpu().numpy(), maximize=True)
    unit, feature = torch.from_numpy(rows), torch.from_numpy(columns)
    return Matching(unit, feature, cosines.cpu()[unit, feature])
