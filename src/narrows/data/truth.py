"""What generated samples were made of: the ground truth that evaluations compare units with."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Truth:
    """The features of N samples.

    features      (F, D), unit vectors
    coefficients  (N, F), at least 0: sample n is `coefficients[n] @ features`, plus noise
    parents       (F,), the number of the feature without which each is never active; -1 if there is none
    labelled      whether the labels of the samples mean anything
    """

    features: Tensor
    coefficients: Tensor
    parents: Tensor
    labelled: bool = False

    def __getitem__(self, rows: slice | Tensor) -> "Truth":
        return Truth(self.features, self.coefficients[rows], self.parents, self.labelled)

    def to(self, device: torch.device | str) -> "Truth":
        return Truth(self.features.to(device), self.coefficients.to(device), self.parents.to(device), self.labelled)
