"""Exponential moving averages of weights, kept in the state of their optimiser: saved, resumed and stacked with it."""

from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

AVERAGE, STEPS = "average", "average_steps"  # in the state of each parameter
DECAY = "ema"  # in the group of the parameters


def average_after_steps(optimizer: Optimizer, decay: float) -> None:
    """Let the optimiser average the weights after each step; see `average`."""
    for group in optimizer.param_groups:
        group[DECAY] = decay
    optimizer.register_step_post_hook(lambda *_: average(optimizer))


@torch.no_grad()
def average(optimizer: Optimizer) -> None:
    """average ← d · average + (1 - d) · weights, if the optimiser keeps averages; the first are the weights themselves.

    In step t after the first, d is the decay or, if that is less, (1 + t) / (10 + t), so that the average soon leaves
    the untrained weights, as in TensorFlow's ExponentialMovingAverage.
    """
    for group in optimizer.param_groups:
        for parameter in group["params"] if DECAY in group else ():
            if parameter.grad is not None:
                _average(parameter, optimizer.state[parameter], group[DECAY])


def _average(parameter: Tensor, state: dict[str, Any], decay: float) -> None:
    if AVERAGE not in state:
        state[AVERAGE], state[STEPS] = parameter.detach().clone(), parameter.new_zeros(())
        return
    steps = state[STEPS].add_(1)
    kept = ((1 + steps) / (10 + steps)).clamp(max=decay)
    state[AVERAGE].mul_(kept).add_(parameter * (1 - kept))  # in this order rounded alike by all of a CPU's instructions


@torch.no_grad()
def swap(optimizer: Optimizer) -> None:
    """Exchange the weights and their averages, if there are any; a second call exchanges them back."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if (averages := optimizer.state.get(parameter, {}).get(AVERAGE)) is not None:
                weights = parameter.clone()
                parameter.copy_(averages)
                averages.copy_(weights)
