"""Operations on tensors as they are below autograd: taken down, and done again into the memory of their results."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

Results = Sequence[Tensor | None]  # new tensors that an operation returns; None for one that the caller did not ask for
Into = tuple[Callable[..., object], Sequence[str]]  # a function, and the names of its arguments for memory

#: Operations whose shape or Python result depends on the numbers themselves: a repetition would miss that.
UNSTEADY = (torch.Tag.dynamic_output_shape, torch.Tag.data_dependent_output)


class Impossible(Exception):
    """A computation may not be the same next time."""


class Call(NamedTuple):
    """One operation, and the new tensors that it returned."""

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    results: Results

    @property
    def inputs(self) -> Iterator[Tensor]:
        return (leaf for leaf in tree_leaves((self.args, self.kwargs)) if isinstance(leaf, Tensor))

    @property
    def acts(self) -> bool:
        """Whether it does more than return something: writes into its arguments, or draws random numbers."""
        return self.function._schema.is_mutable or torch.Tag.nondeterministic_seeded in self.function.tags

    def repeated(self, into: Into | None) -> Callable[[], object]:
        """A callable that does it again into the same memory; where `into` names none, over its first argument."""
        if not self.results:
            return partial(self.function, *self.args, **self.kwargs)
        if not into:
            return self._copied
        function, names = into
        return partial(function, *self.args, **self.kwargs, **dict(zip(names, self.results, strict=bool(names))))

    def _copied(self) -> None:
        for place, new in zip(self.results, listed(self.function(*self.args, **self.kwargs)), strict=True):
            if place is not None and new is not None:
                place.copy_(new)


@contextmanager
def below_autograd() -> Iterator[None]:
    """Where nothing is differentiated and no type chosen: both have been, in the operations that were taken down."""
    mixed = torch.is_autocast_enabled("cpu")
    with torch.no_grad(), torch.autocast("cpu", enabled=False) if mixed else nullcontext():
        yield


class Recorder(TorchDispatchMode):
    """Takes down what is computed inside, except views, which share memory and stay what they are.

    Raises Impossible for an operation that depends on the numbers themselves. `tolist` reads them without an operation
    and goes unnoticed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        if function.is_view or function == torch.ops.aten._unsafe_view.default:
            return function(*args, **(kwargs or {}))
        if any(tag in function.tags for tag in UNSTEADY):
            raise Impossible(str(function))
        return self.call(function, args, kwargs or {})

    def call(self, function: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401
        found = function(*args, **kwargs)
        self.calls.append(Call(function, args, kwargs, listed(found) if returns_new(function) else ()))
        return found


def listed(found: Any) -> Results:  # noqa: ANN401
    return list(found) if isinstance(found, tuple | list) else [found]


def returns_new(function: Any) -> bool:  # noqa: ANN401
    return any(one.alias_info is None for one in function._schema.returns)


def returns_list(function: Any) -> bool:  # noqa: ANN401
    return any("List" in str(one.type) for one in function._schema.returns)


def storage(tensor: Tensor) -> int:
    """What all views of the same memory have in common, while that lives; 0 for no memory."""
    return tensor.untyped_storage().data_ptr()


def into(call: Call, over: bool) -> Into | None:
    """How a call computes into given memory, or `over` its first argument; None where there is no way but to copy."""
    if returns_list(call.function) or None in call.results:
        return None
    name, found = call.function.overloadpacket.__name__, _variant(call.function)
    in_place = _binding(f"{name}_", call, ()) if over else None
    return in_place or (found and (_binding(name, call, found[1]) or found))


def _binding(name: str, call: Call, names: Sequence[str]) -> Into | None:
    """By torch's function of this name, 2 µs a call less than by the operation itself, if it is the same."""
    if (function := getattr(torch, name, None)) is None:
        return None
    with Recorder() as recorder:
        try:
            call.repeated((function, names))()
        except (TypeError, RuntimeError):  # it wants other arguments
            return None
    same = [f"{one.function.namespace}::{one.function.overloadpacket.__name__}" for one in recorder.calls]
    return (function, names) if same == [f"{call.function.namespace}::{name}"] else None


@cache
def _variant(function: Any) -> tuple[Any, tuple[str, ...]] | None:  # noqa: ANN401
    """The overload that takes the same arguments, and memory for each result."""
    packet, wanted = function.overloadpacket, _arguments(function, False)
    for variant in (getattr(packet, name) for name in packet.overloads()):
        names = tuple(name for name, _ in _arguments(variant, True))
        if len(names) == len(function._schema.returns) and _arguments(variant, False) == wanted:
            return variant, names
    return None


def _arguments(function: Any, out: bool) -> list[tuple[str, str]]:  # noqa: ANN401
    return [(one.name, str(one.type)) for one in function._schema.arguments if one.is_out == out]
