"""Linear layers with a gate for each unit."""

import torch
from torch import Tensor, nn


class GatedLinear(nn.Linear):
    """(Wx + b) ⊙ σ(Vx + c), (B, in) to (B, out): each unit times a gate between 0 and 1 that learns when it counts.

    The gated linear unit of Dauphin et al. 2017, eq. 1, with which Tomczak & Welling 2018 compare priors. `weight` and
    `bias` are W and b, `gate` is a linear layer with V and c.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(in_features, out_features, bias, device, dtype)
        self.gate = nn.Linear(in_features, out_features, True, device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        gates: Tensor = self.gate(x).sigmoid()
        return super().forward(x) * gates
