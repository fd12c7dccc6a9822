"""Steps of Adam and of stochastic gradient descent whose rate and momentum are tensors, so that no step waits for them.

The formulas are torch's, which takes these numbers from Python in its fused kernels.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adam, Optimizer

from narrows.training.averages import average


def momentum(group: Mapping[str, Any]) -> float:
    """The momentum of a group of parameters: the first of Adam's two."""
    return float(group["betas"][0] if "betas" in group else group["momentum"])


@torch.no_grad()
def step(optimizer: Optimizer, rate: Tensor, momentum: Tensor) -> None:
    """Update the parameters, all of which have gradients; `rate` and `momentum` are scalars of their type."""
    (group,) = optimizer.param_groups
    parameters: list[Tensor] = group["params"]
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if group["weight_decay"] and group.get("decoupled_weight_decay"):
        torch._foreach_mul_(parameters, 1 - rate * group["weight_decay"])
    elif group["weight_decay"]:
        gradients = list(torch._foreach_add(gradients, parameters, alpha=group["weight_decay"]))
    match optimizer:
        case Adam():
            _adam(optimizer, group, gradients, rate, momentum)
        case SGD():
            _sgd(optimizer, parameters, gradients, rate, momentum)
        case _:
            raise TypeError(f"{type(optimizer).__name__}: no step with tensors as rates")
    average(optimizer)


def _adam(optimizer: Adam, group: Mapping[str, Any], gradients: list[Tensor], rate: Tensor, momentum: Tensor) -> None:
    """Kingma & Ba 2015, algorithm 1."""
    parameters: list[Tensor] = group["params"]
    steps = _state(optimizer, "step", [parameter.new_zeros((), dtype=torch.float32) for parameter in parameters])
    means = _state(optimizer, "exp_avg", parameters)
    squares = _state(optimizer, "exp_avg_sq", parameters)
    decay = group["betas"][1]
    torch._foreach_add_(steps, 1)
    torch._foreach_mul_(means, momentum)
    torch._foreach_add_(means, torch._foreach_mul(gradients, 1 - momentum))
    torch._foreach_mul_(squares, decay)
    torch._foreach_addcmul_(squares, gradients, gradients, value=1 - decay)
    count = steps[0].to(rate.dtype)
    denominators = torch._foreach_sqrt(squares)
    torch._foreach_div_(denominators, (1 - decay**count).sqrt())
    torch._foreach_add_(denominators, group["eps"])
    changes = torch._foreach_div(means, denominators)
    torch._foreach_mul_(changes, rate / (1 - momentum**count))
    torch._foreach_sub_(parameters, changes)


def _sgd(optimizer: SGD, parameters: list[Tensor], gradients: list[Tensor], rate: Tensor, momentum: Tensor) -> None:
    """With momentum as torch has it, after Sutskever et al. 2013: buffer ← momentum · buffer + gradient."""
    if optimizer.param_groups[0]["momentum"]:
        buffers = _state(optimizer, "momentum_buffer", parameters)
        torch._foreach_mul_(buffers, momentum)
        torch._foreach_add_(buffers, gradients)
        gradients = buffers
    torch._foreach_sub_(parameters, torch._foreach_mul(gradients, rate))


def _state(optimizer: Optimizer, key: str, like: list[Tensor]) -> list[Tensor]:
    """What the optimiser keeps for each parameter by this name; zeros at first."""
    (group,) = optimizer.param_groups
    states = [optimizer.state[parameter] for parameter in group["params"]]
    return [state.setdefault(key, torch.zeros_like(value)) for state, value in zip(states, like, strict=True)]
