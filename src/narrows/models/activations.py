"""The activations by name. Torch is imported on use: configs are checked against this table without it."""

import importlib
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

#: The name of each elementwise function within torch. Gains need no table: `initialisation.gain` computes them.
ACTIVATIONS = {
    "relu": "nn.functional.relu",
    "leaky_relu": "nn.functional.leaky_relu",
    "elu": "nn.functional.elu",
    "selu": "nn.functional.selu",
    "gelu": "nn.functional.gelu",
    "gelu_tanh": "nn.functional.gelu",
    "silu": "nn.functional.silu",
    "mish": "nn.functional.mish",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "softplus": "nn.functional.softplus",
    "sine": "sin",
    "identity": "positive",
}

#: Keyword arguments, where there are any. The tanh approximation of GELU is what its paper trained with.
OPTIONS = {"gelu_tanh": {"approximate": "tanh"}}


def activation(name: str) -> "Callable[[Tensor], Tensor]":
    """The elementwise function called `name`; raises KeyError for a name that is not in the table."""
    function: Callable[[Tensor], Tensor] = attrgetter(ACTIVATIONS[name])(importlib.import_module("torch"))
    return partial(function, **OPTIONS[name]) if name in OPTIONS else function
