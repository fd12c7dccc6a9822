"""Layers of sparse dictionaries: a decoder with unit columns, and an input without the decoder's bias."""

from torch import Tensor, nn
from torch.nn import functional as F

from narrows.models.tied import TiedLinear
from narrows.models.traits import Layer
from narrows.models.uninitialised import uninitialised
from narrows.seeds import Noise


class UnitColumns(nn.Linear):
    """A linear layer whose columns, one for each number of the code, are used at length 1: (B, k) to (B, D).

    So the gradient of a column is orthogonal to it: the part along the column, which would only change its length, is
    removed, as Bricken et al. 2023 do before each step. They set the length back to 1 after the step; here it is left,
    since it has no effect but on the size of later steps. A column of zeros stays one.
    """

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, F.normalize(self.weight, dim=-2), self.bias)


def unit_columns(layer: nn.Linear) -> UnitColumns:
    """The layer with unit columns, from its weights."""
    columns: UnitColumns = uninitialised(UnitColumns, layer.in_features, layer.out_features, dtype=layer.weight.dtype)
    columns.load_state_dict(layer.state_dict())
    return columns


class Centred(Layer):
    """Subtracts the bias of the decoder's last layer from the encoder's input, (B, D) to (B, D): Bricken et al. 2023.

    The bias is one parameter with two places, the “pre-encoder bias”.
    """

    stacks = True

    def __init__(self, decoder: nn.Linear | TiedLinear) -> None:
        super().__init__()
        self.decoder = (decoder,)  # a tuple hides it from torch, which would register its parameters a second time

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        bias: Tensor = self.decoder[0].bias  # type: ignore[assignment] # the last layer always has one
        return x - bias.unsqueeze(-2)
