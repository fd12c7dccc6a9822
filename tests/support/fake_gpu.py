"""Fleets on a GPU that is not there: their tensors are fake ones on `cuda:0`, which have a shape and a device only.

An operation that mixes devices raises, as on a GPU, and so does one that reads a number, which would wait for a GPU.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses import fake_tensor
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from narrows import seeds
from narrows.config.schema import Config
from narrows.data.sources import Images
from narrows.data.splits import Splits
from narrows.fleet import stack
from narrows.fleet.fleet import Fleet
from narrows.fleet.gpu import replay
from narrows.fleet.gpu.replay import Program
from narrows.fleet.member import Member
from narrows.noise.counter_noise import CounterNoise
from narrows.seeds import generator

GPU = "cuda:0"

#: Fused steps of which torch has no fake kernel.
META = torch.library.Library("aten", "IMPL", "Meta")
META.impl("_fused_sgd_", lambda *_, **__: None)
META.impl("_fused_sgd_.tensor_lr", lambda *_, **__: None)
META.impl("_fused_adam_.tensor_lr", lambda *_, **__: None)
META.impl("_fused_adamw_.tensor_lr", lambda *_, **__: None)


class OnGpu(TorchDispatchMode):
    """Refuses operations on the CPU's memory, which a CUDA graph cannot hold; numbers of Python are no arrays."""

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        results = function(*args, **(kwargs or {}))
        for value in tree_leaves((args, kwargs, results)):
            if isinstance(value, Tensor) and value.device.type == "cpu" and value.dim():
                raise AssertionError(f"{function} uses the CPU's memory inside a program for the GPU")
        return results


class OnGpuFromTheSecondCall:
    """A program whose first call may still prepare what it reads."""

    def __init__(self, program: Program) -> None:
        self.program, self.called = program, False

    def __call__(self) -> None:
        with OnGpu() if self.called else nullcontext():
            self.program()
        self.called = True


@contextmanager
def fake_fleet(configs: Sequence[Config], splits: Splits) -> Iterator[Fleet]:
    """The fleet of these configs on a fake GPU, to be used inside the context.

    Members are made on the CPU and moved by hand, since fake parameters can be neither moved nor initialised.
    """
    members = [Member(config, splits) for config in configs]
    with FakeTensorMode(), pytest.MonkeyPatch.context() as patch:
        _without_streams(patch)
        patch.setattr(stack, "deepcopy", _copy)
        patch.setattr(replay.Programs, "__call__", lambda self, program: OnGpuFromTheSecondCall(program))
        patch.setattr(seeds, "generator", lambda seed, *purpose, device: generator(seed, *purpose))
        seeds._fixed.cache_clear()  # of fake tensors of another mode
        for member in members:
            _move(member.module)
            member.noise = CounterNoise.of_run(member.config.seed, GPU)
        yield Fleet(members, Splits(*(Images(_on_gpu(part.pixels), part.labels) for part in splits)))


def _without_streams(patch: pytest.MonkeyPatch) -> None:
    """Makes the backward pass work, which asks for the streams of the GPU that its tensors are on.

    So C++ is told that they are on the device `meta`, which has none; what it then makes there is put on the GPU.
    Python code sees the GPU.
    """
    make = FakeTensor.__new__

    def device_in_c(arguments: Sequence[FakeTensor]) -> torch.device:
        device = arguments[0].fake_device
        return torch.device("meta") if device == torch.device(GPU) else device

    def new(kind: type, mode: FakeTensorMode, value: Tensor, device: torch.device, *others: Any, **named: Any) -> Any:
        return make(kind, mode, value, torch.device(GPU) if device.type == "meta" else device, *others, **named)

    patch.setitem(fake_tensor._DISPATCH_META_HANDLERS, torch.ops.prim.device.default, device_in_c)
    patch.setattr(FakeTensor, "__new__", new)
    # of a tensor that functorch wraps, as C++ sees it
    autocast, enabled, dtype = torch.autocast, torch.is_autocast_enabled, torch.get_autocast_dtype
    patch.setattr(torch, "autocast", lambda device, *rest, **named: autocast(_real(device), *rest, **named))
    patch.setattr(torch, "is_autocast_enabled", lambda device: enabled(_real(device)))
    patch.setattr(torch, "get_autocast_dtype", lambda device: dtype(_real(device)))
    patch.setattr(torch.cuda.amp.common, "amp_definitely_not_available", lambda: False)
    patch.setattr(torch.cuda, "is_bf16_supported", lambda: True)


def _real(device: str) -> str:
    return "cuda" if device == "meta" else device


def _on_gpu(value: Tensor) -> Tensor:
    return torch.empty(value.shape, dtype=value.dtype, device=GPU)


def _move(module: nn.Module) -> None:
    for part in module.modules():
        part._parameters.update({name: nn.Parameter(_on_gpu(value)) for name, value in _present(part._parameters)})
        part._buffers.update({name: _on_gpu(value) for name, value in _present(part._buffers)})


def _present(tensors: dict[str, Tensor | None]) -> list[tuple[str, Tensor]]:
    return [(name, value) for name, value in tensors.items() if value is not None]


def _copy(module: nn.Module) -> nn.Module:
    """A deep copy of a module; fake parameters have none of their own."""
    parameters = {id(value): nn.Parameter(_on_gpu(value)) for value in module.parameters()}
    return deepcopy(module, parameters | {id(value): _on_gpu(value) for value in module.buffers()})
