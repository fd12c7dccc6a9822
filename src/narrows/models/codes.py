"""The second slot: what happens to the code between encoder and decoder."""

from torch import Generator, Tensor, nn


class Plain(nn.Module):
    """The code as the encoder gives it: deterministic, (B, k) to (B, k)."""

    def forward(self, hidden: Tensor, generator: Generator | None = None) -> Tensor:
        """The code to train on; a stochastic kind draws its noise from `generator`."""
        return hidden
