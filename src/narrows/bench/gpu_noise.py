"""Whether noise by counter is the same on a GPU, by Triton's kernel, as by torch's operations on a CPU, bit for bit."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from narrows.noise.counter_noise import CounterNoise
from narrows.seeds import normal, uniform

RUNS = [(0, 2), (1, 5), (7, 16)]  # seed, numbers in the code
STEPS, IMAGES = 3, 128

Draw = Callable[[Tensor, CounterNoise, bool], Tensor]


def noise(device: torch.device) -> list[dict[str, Any]]:
    """A row for uniform and for normal numbers, of images and of codes that are padded."""
    return [
        {"kind": f"noise of {what}, {draw.__name__}", "ok": _equal(draw, size, of_code, device)}
        for draw in (uniform, normal)
        for what, size, of_code in (("images", 784, False), ("codes", 16, True))
    ]


def _equal(draw: Draw, size: int, of_code: bool, device: torch.device) -> bool:
    return torch.equal(_bits(draw, size, of_code, device), _bits(draw, size, of_code, torch.device("cpu")))


def _bits(draw: Draw, size: int, of_code: bool, device: torch.device) -> Tensor:
    """The numbers of a fleet after some steps, as integers on the CPU: -0 and 0 differ."""
    fleet = CounterNoise.stacked([CounterNoise.of_run(seed, device) for seed, _ in RUNS], [width for _, width in RUNS])
    for _ in range(STEPS):
        fleet.begin_step()
    return draw(torch.empty(len(RUNS), IMAGES, size, device=device), fleet, of_code).cpu().view(torch.int32)
