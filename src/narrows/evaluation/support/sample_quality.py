"""Fréchet distance, precision and recall of generated images, from features of generated and of real ones."""

import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance

NEAREST = 3  # neighbours that span the manifold, as in Kynkäänniemi et al. 2019


def sample_quality(generated: Tensor, real: Tensor) -> dict[str, float]:
    """All three, of generated features (N, f) against real ones (M, f); see `frechet` and `share_within`."""
    return {
        "frechet": frechet(generated, real),
        "precision": share_within(generated, real),
        "recall": share_within(real, generated),
    }


class Precomputed(nn.Module):
    """Takes the place of torchmetrics' network: returns the features (N, f) that it is given."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.num_features = features

    def forward(self, features: Tensor) -> Tensor:
        return features


def frechet(first: Tensor, second: Tensor) -> float:
    """|μ₁ - μ₂|² + tr(Σ₁ + Σ₂ - 2 (Σ₁Σ₂)^½) of features (N, f) and (M, f): Heusel et al. 2017, eq. 6."""
    distance = FrechetInceptionDistance(feature=Precomputed(first.shape[1]))
    distance.update(first, real=False)
    distance.update(second, real=True)
    return float(distance.compute())


def share_within(points: Tensor, manifold: Tensor) -> float:
    """The share of `points` (N, f) within the manifold of the points `manifold` (M, f).

    A point is within it if its distance to one of these is at most the distance of that one to its third
    neighbour (Kynkäänniemi et al. 2019, eq. 1).
    """
    radii = torch.cdist(manifold, manifold).kthvalue(NEAREST + 1, dim=1).values  # the nearest is the point itself
    return (torch.cdist(points, manifold) <= radii).any(1).float().mean().item()
