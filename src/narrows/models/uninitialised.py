"""Layers whose weights are set after they are made."""

from typing import Any, TypeVar

from torch import nn

Kind = TypeVar("Kind", bound=nn.Module)


def uninitialised(kind: type[Kind], *args: Any, **kwargs: Any) -> Kind:  # noqa: ANN401 - of any layer
    """A layer of this kind, made with these arguments, whose weights are whatever is in memory.

    As `torch.nn.utils.skip_init`, which goes through the device `meta` and takes 2 ms for each layer with torch 2.11.
    """
    layer: Kind = type(kind.__name__, (kind,), {"reset_parameters": _nothing})(*args, **kwargs)
    layer.__class__ = kind
    return layer


def _nothing(layer: nn.Module) -> None:
    """In place of torch's initialisation."""
