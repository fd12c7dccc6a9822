"""Torch's optimisers without its compiler, which they import to exclude themselves from compilation.

Nothing here is compiled, and the import takes 1.1 s of each process that trains fleets. Lightning imports it, too.
"""

from inspect import unwrap
from typing import TypeVar

import torch
from torch.optim import Optimizer

AnOptimizer = TypeVar("AnOptimizer", bound=Optimizer)

#: Methods that torch wraps, beside `step`.
WRAPPED = ("add_param_group", "load_state_dict", "state_dict", "zero_grad")


def eager(kind: type[AnOptimizer]) -> type[AnOptimizer]:
    """The optimiser `kind` with its own methods in place of those that are wrapped for the compiler."""
    methods = {name: unwrap(getattr(kind, name)) for name in WRAPPED}
    own: type[AnOptimizer] = type(kind.__name__, (kind,), methods | {"step": torch.no_grad()(unwrap(kind.step))})
    return own
