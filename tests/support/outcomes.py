"""Commands as processes of their own, and what they leave: output, checkpoints, equality to the bit."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import torch


def checkpoint_of(folder: Path, name: str = "last") -> dict:
    return torch.load(folder / f"{name}.ckpt", weights_only=True)


def weights_of(folder: Path, name: str = "last") -> dict[str, torch.Tensor]:
    return checkpoint_of(folder, name)["state_dict"]


def same(one: object, other: object) -> bool:
    """Equal bit for bit, all the way down nested dicts and lists of tensors and plain values."""
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def nothing_in(folder: Path) -> bool:
    return not any(folder.iterdir())


class Outcome(NamedTuple):
    """What a command left at the terminal."""

    status: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line on stderr that a mistake is answered with."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


def script(name: str, *arguments: str, cwd: Path, **environment: str) -> Outcome:
    """`narrows NAME ARGUMENTS` as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "narrows", name, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | environment,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)
