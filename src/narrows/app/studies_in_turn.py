"""Trains several studies one after the other, each by a `narrows train -m` of its own."""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from narrows.config.typed_text import quoted
from narrows.errors import UserError


def train(group: str, names: Iterable[str], size: str, folder: Path, overrides: Sequence[str]) -> None:
    """Train the studies `group`/<name> in `folder`/<name>, each once; a failed run does not stop the others.

    Raises UserError for overrides that are refused, KeyboardInterrupt when a study was interrupted.
    """
    for name in dict.fromkeys(names):
        print(f"\n== {name}", flush=True)
        status = subprocess.run(_command(group, name, size, folder, overrides)).returncode
        if status == 2:
            raise UserError(f"study={group}/{name}: refused, see above")
        if status not in (0, 1):
            raise KeyboardInterrupt


def estimate(group: str, name: str, size: str, folder: Path, overrides: Sequence[str]) -> str:
    """The time that the study would take, in the words of `--dry`: “about 2.5 hours”.

    Raises UserError for overrides that are refused.
    """
    command = [*_command(group, name, size, folder, overrides), "sweep.dry=true"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"study={group}/{name}: {done.stderr.strip().removeprefix('error: ')}")
    return done.stdout.splitlines()[-1].rpartition(", into ")[0]


def _command(group: str, name: str, size: str, folder: Path, overrides: Sequence[str]) -> list[str]:
    study = [f"study={group}/{name}", f"size={size}", f"hydra.sweep.dir={quoted(str(folder / name))}"]
    return [sys.executable, "-m", "narrows", "train", "-m", *study, *overrides]
