"""A masked autoregressive flow, fitted to codes, from which codes can be drawn: Papamakarios et al. 2017."""

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from narrows.evaluation.baselines.pixel_rows import Rows
from narrows.models.latents.densities import LOG_2_PI
from narrows.seeds import generator

BLOCKS = 3  # each with the numbers in the opposite order of the one before
HIDDEN = 64  # units of each of two layers
STEPS = 1000  # of Adam, 3 s for ten numbers; the best of every `CHECKED` of them on a tenth of the codes is kept
CHECKED = 50
BATCH = 256
MOST = 3.0  # the largest logarithm of a scale in a block, so that codes of few values give no infinite density


class Conditionals(nn.Module):
    """Mean and logarithm of the scale of each number given those before it, (N, k) to (N, k) twice.

    A masked network (Germain et al. 2015, eq. 8 and 9): hidden unit i depends on the first m(i) numbers, which run
    from 1 to k - 1 over the units.
    """

    def __init__(self, numbers: int, random: Generator) -> None:
        super().__init__()
        order, hidden = torch.arange(1, numbers + 1), 1 + torch.arange(HIDDEN) % max(1, numbers - 1)
        masks = [hidden[:, None] >= order, hidden[:, None] >= hidden, order.repeat(2)[:, None] > hidden]
        self.weights = nn.ParameterList(
            torch.randn(mask.shape, generator=random) / mask.shape[1] ** 0.5 for mask in masks
        )
        self.biases = nn.ParameterList(torch.zeros(len(mask)) for mask in masks)
        self.masks = masks

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        for layer, (weight, mask, bias) in enumerate(zip(self.weights, self.masks, self.biases, strict=True)):
            x = F.linear(x.relu() if layer else x, weight * mask, bias)
        mean, log_scale = x.chunk(2, -1)
        return mean, MOST * (log_scale / MOST).tanh()


class Flow(nn.Module):
    """The density of codes of k numbers, as that of normal numbers transformed by `BLOCKS` of affine conditionals."""

    def __init__(self, numbers: int, random: Generator) -> None:
        super().__init__()
        self.numbers = numbers
        self.blocks = nn.ModuleList(Conditionals(numbers, random) for _ in range(BLOCKS))

    def log_density(self, x: Tensor) -> Tensor:
        """In nats, (N, k) to (N,): eq. 4 and 5 of the paper."""
        total = torch.zeros(len(x), dtype=x.dtype)
        for block in self.blocks:
            mean, log_scale = block(x)
            x = ((x - mean) * (-log_scale).exp()).flip(-1)
            total = total - log_scale.sum(-1)
        return total - (x.square().sum(-1) + self.numbers * LOG_2_PI) / 2

    @torch.no_grad()
    def from_normal(self, x: Tensor) -> Tensor:
        """Normal numbers (N, k) to numbers of this density, one after the other: eq. 3."""
        for block in reversed(self.blocks):
            u, x = x.flip(-1), torch.zeros_like(x)
            for number in range(self.numbers):
                mean, log_scale = block(x)
                x[:, number] = (u * log_scale.exp() + mean)[:, number]
        return x


def flow_samples(codes: Rows, count: int) -> Rows:
    """Codes (count, k) from a flow fitted to codes (N, k); the same in every call."""
    centre, spread = codes.mean(0), codes.std(0) + 1e-6
    flow = fit(torch.from_numpy((codes - centre) / spread).float())
    normal = torch.randn(count, codes.shape[1], generator=generator(0, "flow", "sample"))
    drawn: Rows = flow.from_normal(normal).numpy() * spread + centre
    return drawn.astype(np.float32)


def fit(codes: Tensor) -> Flow:
    """The flow that gives the highest likelihood to a tenth of the codes (N, k), on which it is not trained.

    Codes have zero mean and unit variance.
    """
    flow, random = Flow(codes.shape[1], generator(0, "flow", "weights")), generator(0, "flow", "batches")
    held_out, train = codes[torch.randperm(len(codes), generator=random)].tensor_split([len(codes) // 10])
    optimizer = torch.optim.Adam(flow.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    kept: list[tuple[float, dict[str, Tensor]]] = [_checked(flow, held_out)]
    for step in range(STEPS):
        loss = -flow.log_density(train[torch.randint(len(train), (BATCH,), generator=random)]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if (step + 1) % CHECKED == 0:
            kept = [max(*kept, _checked(flow, held_out), key=lambda checked: checked[0])]
    flow.load_state_dict(kept[0][1])
    return flow


@torch.no_grad()
def _checked(flow: Flow, codes: Tensor) -> tuple[float, dict[str, Tensor]]:
    """The mean log-likelihood of codes, and a copy of the weights."""
    return flow.log_density(codes).mean().item(), {name: value.clone() for name, value in flow.state_dict().items()}
