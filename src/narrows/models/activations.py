"""The activations by name. Torch is imported on use: configs are checked against this table without it."""

import importlib
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

#: Where each elementwise function stands in torch. The gain that suits it follows from it: see initialisation.py.
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

#: Arguments of some of them: GELU's tanh approximation is the one its paper trained with.
OPTIONS = {"gelu_tanh": {"approximate": "tanh"}}


def activation(name: str) -> "Callable[[Tensor], Tensor]":
    """The elementwise function called `name`; raises KeyError for a name that is not in the table."""
    function: Callable[[Tensor], Tensor] = attrgetter(ACTIVATIONS[name])(importlib.import_module("torch"))
    return partial(function, **OPTIONS[name]) if name in OPTIONS else function
