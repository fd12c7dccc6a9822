"""A standard normal transformed by coupling layers: real NVP, Dinh et al. 2017, as the prior of codes (Chen et al. 2017
use a flow in its place; Xu et al. 2019 this one).
"""

import torch
from torch import Generator, Tensor, nn

from narrows.models.initialisation import initialise
from narrows.models.latents.densities import log_standard_normal
from narrows.models.latents.posterior import Posterior
from narrows.models.latents.prior import Prior
from narrows.models.traits import Layer
from narrows.models.uninitialised import uninitialised
from narrows.seeds import Noise, normal


class FlowPrior(Prior):
    """`flows` coupling layers with `units` hidden units; the even and the odd numbers of a code are changed in turn.

    All layers begin as the identity, so that the prior begins as the standard normal.
    """

    def __init__(self, numbers: int, flows: int, units: int) -> None:
        super().__init__()
        self.couplings = nn.ModuleList(Coupling(numbers, units, layer % 2) for layer in range(flows))

    def initialise(self, generator: Generator | None) -> None:
        for coupling in self._couplings:
            coupling.initialise(generator)

    @property
    def _couplings(self) -> "list[Coupling]":
        return [coupling for coupling in self.couplings if isinstance(coupling, Coupling)]

    def log_density(self, codes: Tensor, encoder: nn.Module, posterior: Posterior) -> Tensor:
        """By the change of variables from codes to normal numbers: eq. 3."""
        total = codes.new_zeros(codes.shape[:-1])
        for coupling in self._couplings:
            codes, log_determinant = coupling(codes)
            total = total + log_determinant
        return log_standard_normal(codes) + total

    def sample(self, like: Tensor, noise: Noise, encoder: nn.Module, posterior: Posterior) -> Tensor:
        codes = normal(like, noise)
        for coupling in reversed(self._couplings):
            codes = coupling.inverse(codes)
        return codes


class Coupling(Layer):
    """The numbers at places of one `parity` stay; the others are scaled and shifted by functions of them: eq. 9."""

    stacks = True

    def __init__(self, numbers: int, units: int, parity: int) -> None:
        super().__init__()
        self.parity = parity
        self.hidden = uninitialised(nn.Linear, numbers, units)
        self.out = uninitialised(nn.Linear, units, 2 * numbers)

    def initialise(self, generator: Generator | None) -> None:
        initialise(self.hidden, "default", "identity", generator)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, codes: Tensor, noise: Noise | None = None) -> tuple[Tensor, Tensor]:
        """Codes (…, B, k) nearer to normal numbers, and the logarithm of the Jacobian's determinant, (…, B)."""
        shift, log_scale = self._change(codes)
        return (codes - shift) * (-log_scale).exp(), -log_scale.sum(-1)

    def inverse(self, codes: Tensor) -> Tensor:
        shift, log_scale = self._change(codes)
        return shift + codes * log_scale.exp()

    def _change(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Shift and log scale, 0 at the places that stay."""
        stays = torch.arange(codes.shape[-1], device=codes.device) % 2 == self.parity
        shift, raw = self.out(self.hidden(codes * stays).relu()).chunk(2, -1)
        return shift * ~stays, raw.tanh() * ~stays
