"""Bounds on log p(x) from several codes of each image, and which gradient the encoder gets of them.

Each is a function of log weights, log w = log p(x|z) + log p(z) - log q(z|x), of S codes drawn for each image.

elbo   the mean of log w                                                         Kingma & Welling 2014
iwae   the logarithm of the mean of w                                            Burda et al. 2016, eq. 8
miwae  the mean over groups of codes of the iwae bound of each                   Rainforth et al. 2018, eq. 10
ciwae  β times the elbo plus 1 - β times the iwae bound                          Rainforth et al. 2018, eq. 11
piwae  iwae of all codes for the decoder and the prior, miwae for the encoder    Rainforth et al. 2018, section 5

The encoder's gradient may be `doubly` reparameterised: that of log q(z|x) by its own parameters, whose expectation is
0, is left out, and the weight of a code is squared (Tucker et al. 2019, eq. 8; of the elbo, which has no weights,
Roeder et al. 2017). The gradient of decoder and prior stays that of the bound.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import log

from torch import Tensor

from narrows.models.autoencoder import Draws

MOST = 80.0  # log of the largest factor, which float32 holds: a group of codes e⁸⁰ times less likely teaches nothing

LEAST = 1e-30  # of a code's share in a gradient by which another share is divided


@dataclass(frozen=True)
class Bound:
    """A bound, from the averages over `samples` weights in each of `groups`, or mixed with the elbo by `mixing`.

    value   the bound of each image, of log weights (…, B, S) to (…, B)
    factor  by what the encoder's gradient of each code differs from that of `value`, (…, B, S), if it is not `doubly`
            reparameterised, and if it is; None: not at all
    """

    value: "Value"
    factor: "Value | None" = None
    doubly_factor: "Value | None" = None
    samples: int = 1
    groups: int = 1
    mixing: float = 0.0
    doubly: bool = False

    @property
    def draws(self) -> Draws:
        """How many codes it needs of each image, and their gradients."""
        return Draws(self.samples * self.groups, self.weighted, self._factor is not None, self.doubly)

    @property
    def weighted(self) -> bool:
        """Whether it is computed from weights: all but the plain elbo, whose divergence may have a closed form."""
        return self.value is not elbo or self.doubly

    def factors(self, log_weights: Tensor) -> Tensor | None:
        """The factors of the encoder's gradients, without a gradient of their own."""
        return None if self._factor is None else self._factor(log_weights.detach(), self)

    @property
    def _factor(self) -> "Value | None":
        return self.doubly_factor if self.doubly else self.factor


Value = Callable[[Tensor, Bound], Tensor]


def elbo(log_weights: Tensor, bound: Bound) -> Tensor:
    return log_weights.mean(-1)


def iwae(log_weights: Tensor, bound: Bound) -> Tensor:
    total: Tensor = log_weights.logsumexp(-1)
    return total - log(log_weights.shape[-1])


def miwae(log_weights: Tensor, bound: Bound) -> Tensor:
    return iwae(_grouped(log_weights, bound), bound).mean(-1)


def ciwae(log_weights: Tensor, bound: Bound) -> Tensor:
    return bound.mixing * elbo(log_weights, bound) + (1 - bound.mixing) * iwae(log_weights, bound)


def _grouped(log_weights: Tensor, bound: Bound) -> Tensor:
    """(…, B, groups, samples)."""
    in_groups: Tensor = log_weights.unflatten(-1, (bound.groups, bound.samples))
    return in_groups


def _weight(log_weights: Tensor, bound: Bound) -> Tensor:
    """A code's share in the sum of weights."""
    return log_weights.softmax(-1)


def _weight_in_group(log_weights: Tensor, bound: Bound) -> Tensor:
    return _grouped(log_weights, bound).softmax(-1).flatten(-2)


def _mixed_weight(log_weights: Tensor, bound: Bound) -> Tensor:
    """Of the shares β / S + (1 - β) w: with w squared, over as it is."""
    weight, even = log_weights.softmax(-1), bound.mixing / log_weights.shape[-1]
    squared = even + (1 - bound.mixing) * weight.square()
    return squared / (even + (1 - bound.mixing) * weight).clamp(min=LEAST)


def _group_over_all(log_weights: Tensor, bound: Bound) -> Tensor:
    """A code's share in its group, divided by the number of groups, over its share in all codes."""
    in_groups = _grouped(log_weights, bound).logsumexp(-1, keepdim=True)
    ratio = log_weights.logsumexp(-1, keepdim=True).unsqueeze(-1) - in_groups - log(bound.groups)
    return ratio.clamp(max=MOST).exp().expand(*ratio.shape[:-1], bound.samples).flatten(-2)


def _group_over_all_doubly(log_weights: Tensor, bound: Bound) -> Tensor:
    return _group_over_all(log_weights, bound) * _weight_in_group(log_weights, bound)


#: The functions of each bound, by its name.
BOUNDS = {
    "elbo": Bound(elbo),
    "iwae": Bound(iwae, None, _weight),
    "miwae": Bound(miwae, None, _weight_in_group),
    "ciwae": Bound(ciwae, None, _mixed_weight),
    "piwae": Bound(iwae, _group_over_all, _group_over_all_doubly),
}
