"""Trains a grid of runs as fleets: in this process, in several processes, or as jobs of a cluster."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib.util import find_spec
from math import inf
from pathlib import Path
from typing import Any, Literal

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError
from pydantic import Field, ValidationError

from narrows import report
from narrows.config.schema import Config, one_line
from narrows.config.slots import Count, Section
from narrows.errors import UserError
from narrows.fleet import grouping
from narrows.fleet.grouping import why_alone
from narrows.gc_paused import gc_paused
from narrows.sweeps import ray_tasks, submitit_jobs
from narrows.sweeps.capacity import Capacity, gpus, of_this_machine
from narrows.sweeps.evaluate_further import IDLE, Finished, evaluate_further, tell
from narrows.sweeps.orphans import ends_with_its_parent
from narrows.sweeps.plan import PlannedRun, Todo, readable_record, todo, unfinished
from narrows.sweeps.workers import WorkerKilled, call_in

Call = tuple[Sequence[Config], Sequence[Path], int, int, str]  # the arguments of `train_fleet.train`
LARGEST = 32  # runs in a fleet on a CPU: larger fleets are not faster
PACKAGES = {"local": "submitit", "slurm": "submitit", "ray": "ray"}  # by cluster; the name of the extra as well


class Options(Section):
    """How a grid is split into fleets: the keys of `hydra.launcher`."""

    max_size: Count | None = Field(
        description="most runs in a fleet; null: 32 on a CPU, all on a GPU; halved until they fit into memory"
    )
    processes: Count | None = Field(
        description="fleets at a time; null: as many as there are cores, or GPUs, if each has enough to do"
    )
    cluster: Literal["local", "slurm", "ray"] | None = Field(
        description="train each fleet as a job of submitit or a task of Ray; null: in processes of this machine"
    )
    parameters: dict[str, Any] | None = Field(
        description="of submitit's executor: timeout_min, slurm_partition, …; of Ray's tasks: num_gpus, num_cpus, …"
    )


def options(values: Mapping[str, Any]) -> Options:
    """The checked options. Raises UserError: one line with the key, the value and the choices."""
    try:
        checked = Options.model_validate(values)
    except ValidationError as error:
        raise UserError(f"hydra.launcher.{one_line(error, values)}") from None
    if checked.parameters and not checked.cluster:
        raise UserError(
            f"hydra.launcher.parameters={checked.parameters}: only with hydra.launcher.cluster=local, slurm or ray"
        )
    if checked.cluster and not find_spec(package := PACKAGES[checked.cluster]):
        why = f"{package} is an extra that is not installed: pip install 'narrows[{package}]'"
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
    if unfinished(runs):
        with _cluster(options) as cluster:
            _train_unfinished(runs, options, on_error, cluster)
    return [_loss(folder) for _, folder in runs]


def _cluster(options: Options) -> AbstractContextManager[ray_tasks.Cluster | None]:
    """The Ray cluster; None for processes of this machine and for jobs of submitit."""
    return ray_tasks.connected(options.parameters or {}) if options.cluster == "ray" else nullcontext()


def _train_unfinished(
    runs: Sequence[PlannedRun], options: Options, on_error: str, cluster: ray_tasks.Cluster | None
) -> None:
    left = unfinished(runs)
    tasks, processes = split(left, options, cluster.capacity(left) if cluster else None)
    _announce(tasks)
    try:
        _train_all(tasks, processes, options, on_error, cluster)
    except (TerminatedWorkerError, WorkerKilled):
        largest = max(map(len, tasks))
        if largest == 1:
            raise
        print("a worker was killed, perhaps out of memory: fleets of half the size", file=sys.stderr)
        _train_unfinished(runs, options.model_copy(update={"max_size": largest // 2}), on_error, cluster)


def split(
    runs: Sequence[PlannedRun], options: Options, capacity: Capacity | None = None
) -> tuple[list[list[PlannedRun]], int]:
    """The fleets, then the runs that cannot train in one, each as a list; and how many of the lists train at a time.

    `capacity` is that of a cluster; None for this machine's.
    """
    fleets, gpu = capacity or of_this_machine(runs)
    processes = options.processes or fleets
    tasks = [*_fleets(runs, processes, options.max_size or (None if gpu else LARGEST)), *_alone(runs)]
    return tasks, len(tasks) if options.cluster in ("local", "slurm") else min(processes, len(tasks))


def _alone(runs: Sequence[PlannedRun]) -> list[list[PlannedRun]]:
    return [[run] for run in runs if why_alone(run[0])]


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


def _train_all(
    tasks: Sequence[Sequence[PlannedRun]],
    processes: int,
    options: Options,
    on_error: str,
    cluster: ray_tasks.Cluster | None,
) -> None:
    calls: list[Call] = []
    beside = _beside(tasks, processes, options, cluster)
    for turn, task in enumerate(tasks):
        configs, folders = zip(*task, strict=True)
        calls.append((configs, folders, turn, beside, on_error))
    if cluster:
        cluster.train(
            _train, list(zip(map(cluster.request, tasks), calls, strict=True)), options.processes or len(calls)
        )
    elif options.cluster and calls:
        log = calls[0][1][0].parent / ".submitit"
        submitit_jobs.train(_train, calls, options.cluster, options.parameters or {}, log)
    elif processes > 1:
        report.preload(training=False)
        workers = Parallel(processes, batch_size=1, pre_dispatch=processes, idle_worker_timeout=IDLE)
        workers(delayed(call_in)(Path.cwd(), _train, *call) for call in calls)
    else:
        _train_here(calls, bool(gpus([run for task in tasks for run in task])))


def _train_here(calls: Sequence[Call], gpu: bool) -> None:
    """Train the fleets one after the other in this process."""
    _import_training()
    if gpu:
        report.preload(training=True)  # a CPU's cores are busy
    for call in calls:
        _train(*call)


def _beside(
    tasks: Sequence[Sequence[PlannedRun]], processes: int, options: Options, cluster: ray_tasks.Cluster | None
) -> int:
    """How many fleets share the memory of a machine."""
    if cluster:
        return min(processes, *(cluster.on_a_node(task) for task in tasks))
    return 1 if options.cluster == "slurm" else processes


def _train(configs: Sequence[Config], folders: Sequence[Path], turn: int, beside: int, on_error: str) -> None:
    with ends_with_its_parent():
        _import_training()(configs, folders, turn, beside, on_error)


@cache
def _import_training() -> Callable[..., None]:
    """The function that trains a fleet. Imports torch, so it is called only where something is trained.

    Cached, since `gc_paused` would exclude objects from collection while `report.preload` imports in its thread.
    """
    with gc_paused():
        from narrows.sweeps.train_fleet import train
    return train


def _loss(folder: Path) -> float:
    record = readable_record(folder)
    return record.objective() if record and record.status == "done" else inf
