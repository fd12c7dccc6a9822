"""The noise of training: which source a run draws from, and the one that runs and fleets share on a GPU.

On a CPU a run draws from torch's generator, on a GPU by counter: each number is a function of the run's seed, the
training step, the number of the request within the step and the place of the number in it. So all members of a fleet
draw in one call what each would draw alone, bit for bit, whatever else is in the fleet. How a run alone draws:

    noise = run_noise(seed, device)
    begin_step(noise)                   # before each training step
    uniform(images, noise)              # (B, …); functions of `narrows.seeds`

and how a fleet does, with nothing that waits for the GPU, so that it can be captured in a CUDA graph:

    noise = CounterNoise.stacked([member.noise for member in members], widths)      # again when members leave
    noise.rows(slice(0, 5)).begin_step()
    uniform(images, noise)              # (M, B, …)

`begin_step` adds 1 to the steps, a tensor on the GPU. A replayed graph therefore draws new numbers in each step.
"""

from collections.abc import Sequence
from typing import Self

import torch
from torch import Generator, Tensor

from narrows.kernels import runs_kernels
from narrows.noise import philox
from narrows.noise.philox import Layout
from narrows.seeds import generator, key

PURPOSE = "noise"


class CounterNoise:
    """A source of noise for M runs. Arrays to draw for are (M, …), or of any shape for one run.

    keys    64 bits for each run, int64 (M,)
    steps   training steps that each run has begun, int64 (M,)
    widths  the numbers in each run's code, (M,), if they differ; codes are then `wide` numbers, the rest 0

    The draws between two calls of `begin_step` are the requests of one step, numbered from 1.
    """

    def __init__(self, keys: Tensor, steps: Tensor, widths: Tensor | None = None, wide: int = 0) -> None:
        self.keys, self.steps, self.widths, self.wide = keys, steps, widths, wide
        self.request = 0

    @classmethod
    def of_run(cls, seed: int, device: torch.device | str = "cpu") -> Self:
        """The noise of the run with this seed, before its first step."""
        keys = torch.tensor([key(seed, PURPOSE)], dtype=torch.uint64).view(torch.int64)
        return cls(keys.to(device), torch.zeros(1, dtype=torch.int64, device=device))

    @classmethod
    def stacked(cls, runs: Sequence[Self], widths: Sequence[int]) -> Self:
        """The noise of these runs in their order, which from now on share its memory: their steps advance with it."""
        keys, steps = torch.cat([run.keys for run in runs]), torch.cat([run.steps for run in runs])
        for row, run in enumerate(runs):
            run.keys, run.steps = keys[row : row + 1], steps[row : row + 1]
        differ = len(set(widths)) > 1
        return cls(keys, steps, torch.tensor(widths, device=keys.device) if differ else None, max(widths))

    def rows(self, rows: slice) -> "CounterNoise":
        """The noise of some of the runs, in the same memory."""
        widths = None if self.widths is None else self.widths[rows]
        return CounterNoise(self.keys[rows], self.steps[rows], widths, self.wide)

    @property
    def device(self) -> torch.device:
        return self.keys.device

    def begin_step(self) -> None:
        """To be called before the first draw of a step."""
        self.steps += 1
        self.request = 0

    def uniform(self, like: Tensor, of_code: bool) -> Tensor:
        """Multiples of 2^-24 in [0, 1), of the shape of `like`; float64 if `like` is, else float32."""
        drawn = self._drawn(False, like, of_code)
        return drawn.double() if like.dtype == torch.float64 else drawn

    def normal(self, like: Tensor, of_code: bool) -> Tensor:
        """Standard normal numbers with the precision of float32, of the shape and type of `like`."""
        return self._drawn(True, like, of_code).to(like.dtype)

    def _drawn(self, normal: bool, like: Tensor, of_code: bool) -> Tensor:
        count = like.numel() // len(self.keys)
        layout = Layout(1, count)
        if of_code and self.widths is not None:
            layout = Layout(count // self.wide, self.wide, self.widths)
        numbers = _kernel if runs_kernels(self.keys) else philox.numbers
        self.request += 1
        return numbers(normal, self.keys, self.steps, self.request, layout).reshape(like.shape)

    def get_state(self) -> Tensor:
        """Keys, then steps, (2M,), on the CPU: as the generator's method, for checkpoints."""
        return torch.cat([self.keys, self.steps]).cpu()

    def set_state(self, state: Tensor) -> None:
        """Continue from a state of as many runs."""
        keys, steps = state.chunk(2)
        self.keys.copy_(keys)
        self.steps.copy_(steps)


def _kernel(normal: bool, keys: Tensor, steps: Tensor, request: int, layout: Layout) -> Tensor:
    from narrows.noise import triton_philox  # imports Triton

    return triton_philox.numbers(normal, keys, steps, request, layout)


RunNoise = Generator | CounterNoise


def draws_by_counter(device: torch.device) -> bool:
    """Whether runs on this device draw by counter rather than from a generator."""
    return device.type == "cuda"


def run_noise(seed: int, device: torch.device | str = "cpu") -> RunNoise:
    """The noise that the run with this seed draws in training on this device."""
    if draws_by_counter(torch.device(device)):
        return CounterNoise.of_run(seed, device)
    return generator(seed, PURPOSE, device=device)


def begin_step(noise: RunNoise) -> None:
    """To be called before the first draw of a training step. A generator needs nothing."""
    if isinstance(noise, CounterNoise):
        noise.begin_step()


def restore(noise: RunNoise, state: Tensor, steps: int) -> None:
    """Continue from the state in a checkpoint, written after `steps` training steps on any device, by any version.

    A counter continues from a generator's state at the same step. A generator begins again if the state is another's.
    """
    if state.shape == noise.get_state().shape:
        noise.set_state(state)
    elif isinstance(noise, CounterNoise):
        noise.steps.fill_(steps)
