"""The code slot: what happens between encoder and decoder. Noise is drawn only if `forward` is given a source of it."""

from math import inf

import torch
from torch import Tensor

from narrows.models.layers import Activation
from narrows.models.traits import Code
from narrows.seeds import Noise, normal


class Plain(Code):
    """The code as the encoder gives it, through an activation: deterministic, (B, k) to (B, k).

    Raises KeyError for an activation that does not exist.
    """

    stacks = True

    def __init__(self, activation: str = "identity") -> None:
        super().__init__()
        self.activation = Activation(activation)

    def forward(self, hidden: Tensor, noise: Noise | None = None) -> Tensor:
        """The codes; nothing is drawn from `noise`."""
        code: Tensor = self.activation(hidden)
        return code


class Variational(Code):
    """A Gaussian for each image: (B, 2k), means then logarithms of variances, to (B, k).

    With a source of noise the code is mean + standard deviation · noise (the reparameterisation trick of Kingma &
    Welling 2014, eq. 10), otherwise the mean.
    """

    stacks = True
    hidden_per_number = 2
    has_prior = True

    def forward(self, hidden: Tensor, noise: Noise | None = None) -> Tensor:
        return gaussian(hidden)[0] if noise is None else self.sample(hidden, noise)

    def sample(self, hidden: Tensor, noise: Noise) -> Tensor:
        mean, log_variance = gaussian(hidden)
        return mean + (log_variance / 2).exp() * normal(mean, noise, of_code=True)


def gaussian(hidden: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and logarithm of the variance of each number of the code: (B, 2k) to (B, k) twice."""
    mean, log_variance = hidden.chunk(2, dim=-1)
    return mean, log_variance


class Sparse(Code):
    """The `active` largest numbers of each code, the rest 0: (B, k) to (B, k) (Makhzani & Frey 2014, section 2.1)."""

    stacks = True
    padding = -inf  # a padded 0 would be larger than a member's negative numbers, and be chosen in their place

    def __init__(self, active: int) -> None:
        super().__init__()
        self.active = active

    def forward(self, hidden: Tensor, noise: Noise | None = None) -> Tensor:
        largest = hidden.topk(self.active, dim=-1)
        return torch.zeros_like(hidden).scatter(-1, largest.indices, largest.values)


class Quantised(Code):
    """Each number mapped by tanh to (-1, 1), then rounded to one of `levels` evenly spaced values: (B, k) to (B, k).

    Finite scalar quantisation (Mentzer et al. 2023, section 3.1). Unlike theirs, the values are symmetric about 0 for
    an even number of levels too. Straight-through gradient: rounding counts as the identity (Bengio et al. 2013).
    """

    stacks = True

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.levels = levels

    def forward(self, hidden: Tensor, noise: Noise | None = None) -> Tensor:
        bounded, top = hidden.tanh(), self.levels - 1
        nearest = (top * (bounded + 1) / 2).round() * 2 / top - 1
        return bounded + (nearest - bounded).detach()
