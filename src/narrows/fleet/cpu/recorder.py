"""Operations on tensors below autograd: recorded, and repeated into the memory of their results."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

Results = Sequence[Tensor | None]  # new tensors that an operation returns; None for one that was not requested
Into = tuple[Callable[..., object], Sequence[str]]  # a function, and the names of its `out` arguments

#: Operations whose shape or Python result depends on the numbers themselves, which a replay could not follow.
DATA_DEPENDENT = (torch.Tag.dynamic_output_shape, torch.Tag.data_dependent_output)


class Impossible(Exception):
    """A computation cannot be captured: it may consist of other operations next time."""


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
        """Whether it has side effects: writes into its arguments, or draws random numbers."""
        return self.function._schema.is_mutable or torch.Tag.nondeterministic_seeded in self.function.tags

    def repeated(self, into: Into | None) -> Callable[[], object]:
        """A callable that repeats it into the memory of `results`; if `into` names no argument, over its first one."""
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
    """No autograd and no autocast inside: recorded operations contain what both have added."""
    mixed = torch.is_autocast_enabled("cpu")
    with torch.no_grad(), torch.autocast("cpu", enabled=False) if mixed else nullcontext():
        yield


class Recorder(TorchDispatchMode):
    """Records the operations inside, except views, which share memory and need not be repeated.

    Raises Impossible for an operation that depends on the numbers themselves. `tolist` reads numbers without an
    operation and is not noticed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Torch's compiler is not told to skip this class, for which it would be imported; see `eager_optimizers`."""
        return False

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        if function.is_view or function == torch.ops.aten._unsafe_view.default:
            return function(*args, **(kwargs or {}))
        if any(tag in function.tags for tag in DATA_DEPENDENT):
            raise Impossible(str(function))
        return self.call(function, args, kwargs or {})

    def call(self, function: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401
        returned = function(*args, **kwargs)
        self.calls.append(Call(function, args, kwargs, listed(returned) if returns_new(function) else ()))
        return returned


def listed(returned: Any) -> Results:  # noqa: ANN401
    return list(returned) if isinstance(returned, tuple | list) else [returned]


def returns_new(function: Any) -> bool:  # noqa: ANN401
    return any(result.alias_info is None for result in function._schema.returns)


def returns_list(function: Any) -> bool:  # noqa: ANN401
    return any("List" in str(result.type) for result in function._schema.returns)


def storage(tensor: Tensor) -> int:
    """The address of a tensor's storage, the same for all its views; 0 for no memory."""
    return tensor.untyped_storage().data_ptr()


def into(call: Call, over: bool) -> Into | None:
    """How to repeat a call into given memory, or `over` its first argument; None if its results must be copied."""
    if returns_list(call.function) or None in call.results:
        return None
    name, variant = call.function.overloadpacket.__name__, _out_variant(call.function)
    in_place = _binding(f"{name}_", call, ()) if over else None
    return in_place or (variant and (_binding(name, call, variant[1]) or variant))


def _binding(name: str, call: Call, names: Sequence[str]) -> Into | None:
    """Torch's Python function of this name if it calls this very operation: 2 µs faster than the operation itself."""
    if (function := getattr(torch, name, None)) is None:
        return None
    with Recorder() as recorder:
        try:
            call.repeated((function, names))()
        except (TypeError, RuntimeError):  # it takes other arguments
            return None
    called = [
        f"{recorded.function.namespace}::{recorded.function.overloadpacket.__name__}" for recorded in recorder.calls
    ]
    return (function, names) if called == [f"{call.function.namespace}::{name}"] else None


@cache
def _out_variant(function: Any) -> tuple[Any, tuple[str, ...]] | None:  # noqa: ANN401
    """The overload that takes the same arguments and an `out` argument for each result, with the names of these."""
    packet, wanted = function.overloadpacket, _arguments(function, False)
    for variant in (getattr(packet, name) for name in packet.overloads()):
        names = tuple(name for name, _ in _arguments(variant, True))
        if len(names) == len(function._schema.returns) and _arguments(variant, False) == wanted:
            return variant, names
    return None


def _arguments(function: Any, out: bool) -> list[tuple[str, str]]:  # noqa: ANN401
    return [(argument.name, str(argument.type)) for argument in function._schema.arguments if argument.is_out == out]
