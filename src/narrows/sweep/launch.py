"""Trains a grid of runs as fleets: in this process, in several processes, or as jobs of a cluster."""

import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from math import inf
from pathlib import Path
from typing import Any, Literal

from joblib import Parallel, cpu_count, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError
from pydantic import Field, ValidationError

from narrows import report
from narrows.config.schema import Config, one_line
from narrows.config.slots import Count, Section
from narrows.errors import UserError
from narrows.fleet import grouping
from narrows.fleet.grouping import why_alone
from narrows.gc_paused import gc_paused
from narrows.sweep.evaluate_further import IDLE, Finished, evaluate_further, tell
from narrows.sweep.orphans import ends_with_its_parent
from narrows.sweep.plan import PlannedRun, Todo, readable_record, todo, unfinished
from narrows.sweep.workers import call_in

Call = tuple[Sequence[Config], Sequence[Path], int, int, str]  # the arguments of `train_fleet.train`
LARGEST = 32  # runs in a fleet on a CPU: larger fleets are not faster


class Options(Section):
    """How a grid is split into fleets: the keys of `hydra.launcher`."""

    max_size: Count | None = Field(
        description="most runs in a fleet; null: 32 on a CPU, all on a GPU; halved until they fit into memory"
    )
    processes: Count | None = Field(
        description="fleets at a time; null: as many as there are cores, or GPUs, if each has enough to do"
    )
    cluster: Literal["local", "slurm"] | None = Field(
        description="train each fleet as a job of submitit; null: in processes of this machine"
    )
    parameters: dict[str, Any] | None = Field(
        description="parameters of submitit's executor: timeout_min, slurm_partition, …"
    )


def options(values: Mapping[str, Any]) -> Options:
    """The checked options. Raises UserError: one line with the key, the value and the choices."""
    try:
        checked = Options.model_validate(values)
    except ValidationError as error:
        raise UserError(f"hydra.launcher.{one_line(error, values)}") from None
    if checked.parameters and not checked.cluster:
        raise UserError(
            f"hydra.launcher.parameters={checked.parameters}: only with hydra.launcher.cluster=local or slurm"
        )
    if checked.cluster and not find_spec("submitit"):
        why = "submitit is an extra that is not installed: pip install 'narrows[submitit]'"
        raise UserError(f"hydra.launcher.cluster={checked.cluster}: {why}")
    return checked


def launch(runs: Sequence[PlannedRun], options: Options, on_error: str) -> list[float]:
    """Train every run in its folder; returns the losses that sweepers minimise, infinite for a run that failed.

    Runs that are done are skipped, or evaluated further if their list of evaluations grew; a run that cannot train in a
    fleet is trained alone, and a line says why. If the system kills a worker, as it does when memory is short, the
    remaining runs are trained in fleets of half the size.
    """
    grown = [run for run in runs if todo(*run) is Todo.EVALUATE]
    finished = [Finished(folder, config.evaluation, config.data) for config, folder in grown]
    tell(evaluate_further(finished, options.processes))
    tasks, processes = split(unfinished(runs), options)
    _announce(tasks)
    try:
        _train_all(tasks, processes, options, on_error)
    except TerminatedWorkerError:
        largest = max(map(len, tasks))
        if largest == 1:
            raise
        print("a worker was killed, perhaps out of memory: fleets of half the size", file=sys.stderr)
        return launch(runs, options.model_copy(update={"max_size": largest // 2}), on_error)
    return [_loss(folder) for _, folder in runs]


def split(runs: Sequence[PlannedRun], options: Options) -> tuple[list[list[PlannedRun]], int]:
    """The fleets, then the runs that cannot train in one, each as a list; and how many of the lists train at a time."""
    count = gpus(runs)
    processes = options.processes or count or cpu_count()
    fleets = _fleets(runs, processes, options.max_size or (None if count else LARGEST))
    tasks = [*fleets, *([run] for run in runs if why_alone(run[0]))]
    return tasks, len(tasks) if options.cluster else min(processes, len(tasks))


def gpus(runs: Sequence[PlannedRun]) -> int:
    """The number of GPUs of this machine, 0 if none of the runs may use one."""
    if all(config.trainer.accelerator == "cpu" for config, _ in runs):
        return 0
    if not any(Path("/dev").glob("nvidia[0-9]*")):  # without loading torch
        return 0
    import torch

    return torch.cuda.device_count()


def _fleets(runs: Sequence[PlannedRun], processes: int, max_size: int | None) -> list[list[PlannedRun]]:
    """The fleets, each a list of runs; without the runs that cannot train in one."""
    together = [run for run in runs if not why_alone(run[0])]
    groups = grouping.fleets([config for config, _ in together], processes, max_size)
    return [[together[position] for position in group] for group in groups]


def _announce(tasks: Sequence[Sequence[PlannedRun]]) -> None:
    if sizes := [len(task) for task in tasks if not why_alone(task[0][0])]:
        print(f"{sum(sizes)} runs in fleets of {', '.join(map(str, sizes))}")
    for config, folder in [task[0] for task in tasks]:
        if why := why_alone(config):
            print(f"{folder.name} trains alone: {why}")


def _train_all(tasks: Sequence[Sequence[PlannedRun]], processes: int, options: Options, on_error: str) -> None:
    beside = {"local": len(tasks), "slurm": 1}.get(options.cluster or "", processes)  # submitit starts all at once
    calls: list[Call] = []
    for turn, task in enumerate(tasks):
        configs, folders = zip(*task, strict=True)
        calls.append((configs, folders, turn, beside, on_error))
    if options.cluster and calls:
        _submit(calls, options)
    elif processes > 1:
        report.preload()  # only here: two threads that import the same packages may find them half imported
        workers = Parallel(processes, batch_size=1, pre_dispatch=processes, idle_worker_timeout=IDLE)
        workers(delayed(call_in)(Path.cwd(), _train, *call) for call in calls)
    else:
        for call in calls:
            _train(*call)


def _train(configs: Sequence[Config], folders: Sequence[Path], turn: int, beside: int, on_error: str) -> None:
    with ends_with_its_parent():
        with gc_paused():  # torch: only where something is trained
            from narrows.sweep.train_fleet import train
        train(configs, folders, turn, beside, on_error)


def _submit(calls: Sequence[Call], options: Options) -> None:
    """Train each fleet as a job and wait for all of them; then raises the first error. Cancels them if interrupted."""
    import submitit

    executor = submitit.AutoExecutor(calls[0][1][0].parent / ".submitit", cluster=options.cluster)
    executor.update_parameters(**(options.parameters or {}))
    jobs: list[submitit.Job[None]] = []
    try:
        jobs.extend(executor.submit(_train, *call) for call in calls)
        errors = [error for job in jobs if (error := job.exception())]
    except BaseException:  # Ctrl-C, SIGTERM, a scheduler that refuses the job
        for job in jobs:
            job.cancel(check=False)  # no error for a job that has ended
        raise
    if errors:
        raise errors[0]


def _loss(folder: Path) -> float:
    record = readable_record(folder)
    return record.objective() if record and record.status == "done" else inf
