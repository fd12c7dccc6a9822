"""Trains one fleet of a sweep. Each run leaves the same files as if it were trained alone."""

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from math import inf
from pathlib import Path

import torch

from narrows import report
from narrows.config.schema import Config
from narrows.data.labelled import splits_for
from narrows.data.splits import Splits
from narrows.errors import Interrupted, Unwritable, UserError, one_line
from narrows.fleet.fleet import Fleet
from narrows.runs.atomic_files import writing_into
from narrows.runs.folder_lock import next_writer
from narrows.runs.interrupts import interruptible, signals_held
from narrows.sweeps.evaluated_together import evaluates_together, trained_together
from narrows.sweeps.fleet_checkpoints import Checkpoints
from narrows.sweeps.free_memory import check, consequence, out_of_memory
from narrows.sweeps.member_run import MemberRun, begin
from narrows.sweeps.plan import PlannedRun, unfinished
from narrows.sweeps.run_one import LOG, STOP, logged, record_failure, run_locked, tell
from narrows.sweeps.watch import PROGRESS, write_progress
from narrows.sweeps.writers import Writer, executor
from narrows.training.precision import configure_torch


def train(configs: Sequence[Config], folders: Sequence[Path], turn: int, beside: int, on_error: str) -> None:
    """Train the runs as one fleet, except those that are done already; a single run trains alone.

    With several GPUs the fleet numbered `turn` uses GPU `turn` modulo their number; `beside` fleets share this
    machine's memory. The folders are locked, since a worker may survive a killed sweep and the next sweep must not
    train the same runs. A fleet that runs out of memory is halved. Raises Interrupted; any other error is recorded for
    its run or, if the fleet itself fails, for all of its runs that were not done. After a defect of this program no
    further fleet of the sweep begins.
    """
    with ExitStack() as locks, interruptible():
        # sorted as in any other process, so that no two wait for each other's locks
        by_folder = sorted(zip(configs, folders, strict=True), key=lambda run: run[1])
        locked = {folder for _, folder in by_folder if _lock(folder, locks)}
        runs = [(config, folder) for config, folder in zip(configs, folders, strict=True) if folder in locked]
        if not runs:
            return
        device = _device(configs[0], turn)
        if device is None or len(runs) == 1:  # without its GPU a run fails with Lightning's message
            _train_alone(runs, on_error)
        else:
            FleetTraining(device, beside, on_error).train(runs)


def _lock(folder: Path, locks: ExitStack) -> bool:
    """Lock a run's folder; False, with a line on stderr, if it cannot be written."""
    try:
        locks.enter_context(next_writer(folder))
    except Unwritable as error:
        tell(error, folder)
        return False
    return True


def _device(config: Config, turn: int) -> torch.device | None:
    """The device of a fleet; None if its config requires a GPU and there is none."""
    accelerator, gpus = config.trainer.accelerator, torch.cuda.device_count()
    if accelerator == "cpu" or (accelerator == "auto" and not gpus):
        return torch.device("cpu")
    return torch.device("cuda", turn % gpus) if gpus else None


def _train_alone(runs: Sequence[PlannedRun], on_error: str) -> None:
    report.wait_for_preload()  # Lightning imports SciPy and matplotlib as well
    for config, folder in runs:
        run_locked(config, folder, on_error)


class FleetTraining:
    """Trains runs as one fleet on `device`, or as several smaller ones if the memory is too small for all at once.

    A single run for which even that is too little trains alone. After any other error no run is trained alone: on a GPU
    that would take a hundred times as long and hide the defect.
    """

    def __init__(self, device: torch.device, beside: int, on_error: str) -> None:
        self.device, self.beside, self.on_error = device, beside, on_error
        self.ended: set[Path] = set()  # folders of the runs that are done or have failed

    def train(self, runs: Sequence[PlannedRun]) -> None:
        """Train the runs that have not ended. Out of memory, train two halves; record other errors."""
        runs = [run for run in unfinished(runs) if run[1] not in self.ended]
        if not runs or (runs[0][1].parent / STOP).exists():
            return
        try:
            self._train_together(runs)
            return
        except Exception as error:
            if not out_of_memory(error):
                self._fail([run for run in runs if run[1] not in self.ended], error)
                return
            print(consequence([folder for _, folder in runs], error), file=sys.stderr)
        self._train_halves(runs)  # not inside `except`: there the error keeps the fleet in memory

    def _train_halves(self, runs: Sequence[PlannedRun]) -> None:
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        if len(runs) == 1:
            _train_alone(runs, self.on_error)
            return
        middle = len(runs) // 2
        self.train(runs[:middle])
        self.train(runs[middle:])

    def _fail(self, runs: Sequence[PlannedRun], error: Exception) -> None:
        """Record an error of the whole fleet for all runs that it stopped. A defect ends the sweep: no fleet begins."""
        defect = not isinstance(error, UserError | Unwritable)  # missing data, a disk that is full
        if defect:
            reason = f"{type(error).__name__}: {one_line(error)} (traceback in {runs[0][1] / LOG})"
            print(f"a fleet of {len(runs)} runs failed, which ends the sweep: {reason}", file=sys.stderr)
        for config, folder in runs:
            try:
                with logged(folder / LOG):
                    traceback.print_exception(error)
                record_failure(config, folder, error)
            except Unwritable as reason:
                tell(reason, folder)
        if defect or self.on_error == "stop":
            (runs[0][1].parent / STOP).touch()

    def _train_together(self, runs: Sequence[PlannedRun]) -> None:
        configs = [config for config, _ in runs]
        trainer = configs[0].trainer
        configure_torch(trainer.threads, trainer.float32_matmul)
        host = _splits(configs)
        splits = Splits(*(images.to(self.device) for images in host))
        if self.device.type == "cpu":
            check(configs, self.beside)
        with executor(self.device) as threads:
            begun = (self._begin(config, folder, splits, host, Writer(threads)) for config, folder in runs)
            self._train_members([run for run in begun if run], splits)

    def _begin(self, config: Config, folder: Path, splits: Splits, host: Splits, writer: Writer) -> MemberRun | None:
        """The run that begins; None, with a line on stderr, if its files cannot be written."""
        try:
            with writing_into(folder):
                return begin(config, folder, splits, host, writer)
        except Unwritable as error:
            tell(error, folder)
            self.ended.add(folder)
            return None

    def _train_members(self, runs: list[MemberRun], splits: Splits) -> None:
        if not runs:
            return
        fleet, checkpoints = Fleet([run.member for run in runs], splits), Checkpoints(len(runs))
        progress = runs[0].folder.parent / PROGRESS / str(os.getpid())
        try:
            for finished in fleet.epochs():
                for run in runs:
                    run.show_epoch(fleet)
                self._conclude([run for run in runs if run.member in finished], splits)
                runs = [run for run in runs if run.member not in finished]
                checkpoints.save_if_due(fleet, runs)
                write_progress(progress, sum(run.member.share for run in runs))
        except Interrupted:
            with signals_held():
                for run in runs:
                    if run.folder not in self.ended:
                        run.interrupt()
            raise
        finally:
            progress.unlink(missing_ok=True)

    def _conclude(self, runs: Sequence[MemberRun], splits: Splits) -> None:
        """Save and evaluate these runs: all are saved before the first is evaluated, which may run out of memory."""
        if not runs:  # after most epochs, which do not wait for the report
            return
        for run in runs:
            run.save()
        report.wait_for_preload()  # evaluations import SciPy as well
        together = evaluates_together(self.device)
        for group in [runs] if together else [[run] for run in runs]:
            trained = trained_together(group, splits) if together else {}
            for run in group:
                run.evaluate(trained.get(run.folder))
            self._end(group)

    def _end(self, runs: Sequence[MemberRun]) -> None:
        for run in runs:
            run.end(self.on_error)
            self.ended.add(run.folder)


def _splits(configs: Sequence[Config]) -> Splits:
    """The splits of the run with most training images; the others train on the first images of these."""
    return splits_for(max(configs, key=lambda config: config.data.train_size or inf))
