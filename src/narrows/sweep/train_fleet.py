"""One fleet of a sweep brought to its end: each run leaves the weights, losses and metrics of one alone."""

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from math import inf
from pathlib import Path
from time import perf_counter

import torch
from filelock import FileLock, Timeout

from narrows.config.schema import Config
from narrows.data.splits import Splits, splits_of
from narrows.errors import Interrupted
from narrows.fleet.fleet import Fleet
from narrows.runs.files import write_text_atomically
from narrows.runs.interrupts import interruptible
from narrows.sweep.free_memory import check, out_of_memory
from narrows.sweep.member_run import Run, begin, end, interrupt, show
from narrows.sweep.plan import Order, is_left
from narrows.sweep.run_one import LOG, STOP, bring, logged
from narrows.sweep.watch import PROGRESS

SHARE = 0.02  # of the time at most that is spent on writing checkpoints: a kill costs fifty times what one takes


def train(configs: Sequence[Config], folders: Sequence[Path], turn: int, beside: int, on_error: str) -> None:
    """Train the runs as one fleet, those that are done already left as they are; a single run trains alone.

    On machines with several GPUs fleets take `turn`s; `beside` of them share this machine's memory. The folders are
    locked, so that a worker that outlived a killed sweep and the next one's do not train the same runs. Out of memory,
    the fleet is halved. Raises Interrupted; what goes wrong with a run stands in its record.
    """
    with ExitStack() as locks, interruptible():
        for folder in sorted(folders):
            folder.mkdir(parents=True, exist_ok=True)
            _lock(folder, locks)
        device, runs = _device(configs[0], turn), list(zip(configs, folders, strict=True))
        if device is None or len(runs) == 1:  # without its GPU a run fails with Lightning's words
            for config, folder in runs:
                bring(config, folder, on_error)
        else:
            _halving(runs, device, beside, on_error, set())


def _lock(folder: Path, locks: ExitStack) -> None:
    lock = FileLock(folder / ".lock")
    try:
        locks.enter_context(lock.acquire(timeout=0))
    except Timeout:
        print(f"{folder}: waiting for a worker of an earlier sweep that still trains it", file=sys.stderr)
        locks.enter_context(lock.acquire())


def _device(config: Config, turn: int) -> torch.device | None:
    """Where a fleet trains; None where it asks for a GPU that is not there."""
    accelerator, count = config.trainer.accelerator, torch.cuda.device_count()
    if accelerator == "cpu" or (accelerator == "auto" and not count):
        return torch.device("cpu")
    return torch.device("cuda", turn % count) if count else None


def _halving(runs: Sequence[Order], device: torch.device, beside: int, on_error: str, over: set[Path]) -> None:
    """Train a fleet of those that are left, and not `over`. For another reason than memory they train alone instead."""
    runs = [(config, folder) for config, folder in runs if folder not in over and is_left(config, folder)]
    if not runs or (runs[0][1].parent / STOP).exists():
        return
    try:
        _together(runs, device, beside, on_error, over)
        return
    except Exception as error:
        halves = out_of_memory(error) and len(runs) > 1
        if not halves:
            _each(runs, error, on_error, over)
            return
        print(f"{len(runs)} runs are halved, out of memory: {error}", file=sys.stderr)
    if device.type == "cuda":
        torch.cuda.empty_cache()
    for half in (runs[: len(runs) // 2], runs[len(runs) // 2 :]):  # after `except`, where the error kept the fleet
        _halving(half, device, beside, on_error, over)


def _each(runs: Sequence[Order], error: Exception, on_error: str, over: set[Path]) -> None:
    left = [(config, folder) for config, folder in runs if folder not in over]
    print(f"{len(left)} runs train alone, since their fleet failed: {type(error).__name__}: {error}", file=sys.stderr)
    for config, folder in left:
        with logged(folder / LOG):
            traceback.print_exception(error)
        bring(config, folder, on_error)


def _together(orders: Sequence[Order], device: torch.device, beside: int, on_error: str, ended: set[Path]) -> None:
    torch.set_num_threads(orders[0][0].trainer.threads)
    configs = [config for config, _ in orders]
    splits = _splits(configs, device)
    if device.type == "cpu":
        check(configs, splits, beside)
    runs = [begin(config, folder, splits) for config, folder in orders]
    fleet, saved = Fleet([run.member for run in runs], splits), Saved()
    progress = runs[0].folder.parent / PROGRESS / str(os.getpid())
    try:
        for over in fleet.epochs():
            for run in runs:
                show(run, fleet)
            _end([run for run in runs if run.member in over], on_error, ended)
            runs = [run for run in runs if run.member not in over]
            saved.perhaps(fleet, runs)
            _tell(progress, sum(run.member.share for run in runs))
    except Interrupted:
        for run in runs:
            if run.folder not in ended:
                interrupt(run)
        raise
    finally:
        progress.unlink(missing_ok=True)


def _end(runs: Sequence[Run], on_error: str, ended: set[Path]) -> None:
    """All are saved before the first is evaluated, in which memory may run out."""
    for run in runs:
        if not run.member.error:
            run.member.save(run.folder)
    for run in runs:
        end(run, on_error)
        ended.add(run.folder)


def _tell(progress: Path, trained: float) -> None:
    """How many runs' worth of training the fleet has behind itself, for whoever watches."""
    progress.parent.mkdir(exist_ok=True)
    write_text_atomically(progress, str(trained))


def _splits(configs: Sequence[Config], device: torch.device) -> Splits:
    """Those of the run with most training images, of which the others train on the first; on the device once."""
    most = max(configs, key=lambda config: config.data.train_size or inf)
    return Splits(*(images.to(device) for images in splits_of(most.data)))


class Saved:
    """When the checkpoints were written last, and what that took."""

    def __init__(self) -> None:
        self.at, self.cost = perf_counter(), 0.0

    def perhaps(self, fleet: Fleet, runs: Sequence[Run]) -> None:
        """Write the checkpoints of these runs, as often as it costs little."""
        began = perf_counter()
        if runs and began - self.at > self.cost / SHARE:
            fleet.settle()
            for run in [run for run in runs if run.member.history.epochs]:
                run.member.save(run.folder)
            self.at, self.cost = perf_counter(), perf_counter() - began
