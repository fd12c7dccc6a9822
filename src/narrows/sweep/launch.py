"""A grid of runs trained as fleets: in this process, in several side by side, or as jobs of a cluster."""

import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from math import inf
from pathlib import Path
from typing import Any, Literal

from joblib import Parallel, cpu_count, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError
from pydantic import Field, ValidationError

from narrows.config.schema import Config, one_line
from narrows.config.slots import Count, Section
from narrows.errors import UserError
from narrows.fleet.grouping import fleets, why_alone
from narrows.gc_paused import gc_paused
from narrows.sweep.plan import Order, found, is_left

Call = tuple[Sequence[Config], Sequence[Path], int, int, str]  # the arguments of `fleet.train`
LARGEST = 32  # runs in a fleet on a CPU: more are no faster
IDLE = 10  # seconds till a worker without work ends and frees its 1 GB: those of a killed sweep are told by nobody


class Options(Section):
    """How a grid becomes fleets: the keys of `hydra.launcher`."""

    max_size: Count | None = Field(
        description="runs in a fleet; null: 32 on a CPU, on a GPU all; halved till they fit into memory"
    )
    processes: Count | None = Field(
        description="fleets side by side; null: as many as there are cores, or GPUs, if each has enough to do"
    )
    cluster: Literal["local", "slurm"] | None = Field(
        description="each fleet a job of submitit's; null: processes here"
    )
    parameters: dict[str, Any] | None = Field(description="of submitit's executor: timeout_min, slurm_partition, …")


def options(values: Mapping[str, Any]) -> Options:
    """The checked options. Raises UserError: one line with the key, the value and what would do."""
    try:
        found = Options.model_validate(values)
    except ValidationError as error:
        raise UserError(f"hydra.launcher.{one_line(error, values)}") from None
    if found.parameters and not found.cluster:
        raise UserError(
            f"hydra.launcher.parameters={found.parameters}: only with hydra.launcher.cluster=local or slurm"
        )
    if found.cluster and not find_spec("submitit"):
        why = "submitit is an extra that is not installed: pip install 'narrows[submitit]'"
        raise UserError(f"hydra.launcher.cluster={found.cluster}: {why}")
    return found


def launch(orders: Sequence[Order], options: Options, on_error: str) -> list[float]:
    """Train every run in its folder; returns the losses that sweepers minimise, infinite for a run that failed.

    Runs that are done are left as they are; one that fits no fleet is trained alone, with a line that says why. A
    worker that the system kills, as it does when memory is short, is answered with fleets of half the size.
    """
    left = [order for order in orders if is_left(*order)]
    on_gpu = any(config.trainer.accelerator != "cpu" for config, _ in left) and _gpus()
    processes = options.processes or on_gpu or cpu_count()
    together = [order for order in left if not why_alone(order[0])]
    size = options.max_size or (None if on_gpu else LARGEST)
    groups = fleets([config for config, _ in together], processes, size)
    tasks = [[together[position] for position in group] for group in groups]
    _tell(tasks, left)
    tasks += [[order] for order in left if why_alone(order[0])]
    try:
        _run(tasks, min(processes, len(tasks)), options, on_error)
    except TerminatedWorkerError:
        if (largest := max(map(len, tasks))) == 1:
            raise
        print("a worker was killed, perhaps out of memory: fleets of half the size", file=sys.stderr)
        return launch(orders, options.model_copy(update={"max_size": largest // 2}), on_error)
    return [_loss(folder) for _, folder in orders]


def _gpus() -> int:
    if not any(Path("/dev").glob("nvidia[0-9]*")):  # without loading torch
        return 0
    import torch

    return torch.cuda.device_count()


def _tell(groups: Sequence[Sequence[Order]], left: Sequence[Order]) -> None:
    if sizes := [len(group) for group in groups]:
        print(f"{sum(sizes)} runs in fleets of {', '.join(map(str, sizes))}")
    for config, folder in left:
        if why := why_alone(config):
            print(f"{folder.name} trains alone: {why}")


def _run(tasks: Sequence[Sequence[Order]], processes: int, options: Options, on_error: str) -> None:
    calls: list[Call] = []
    beside = {"local": len(tasks), "slurm": 1}.get(options.cluster or "", processes)  # submitit starts all at once
    for turn, task in enumerate(tasks):
        configs, folders = zip(*task, strict=True)
        calls.append((configs, folders, turn, beside, on_error))
    if options.cluster and calls:
        _submit(calls, options)
    elif processes > 1:
        side_by_side = Parallel(processes, batch_size=1, pre_dispatch=processes, idle_worker_timeout=IDLE)
        side_by_side(delayed(_train)(*call) for call in calls)
    else:
        for call in calls:
            _train(*call)


def _train(configs: Sequence[Config], folders: Sequence[Path], turn: int, beside: int, on_error: str) -> None:
    with gc_paused():  # torch: only where something is trained
        from narrows.sweep.train_fleet import train
    train(configs, folders, turn, beside, on_error)


def _submit(calls: Sequence[Call], options: Options) -> None:
    """Each fleet a job, all of them waited for, whatever becomes of one, and cancelled when nobody waits any more."""
    import submitit

    executor = submitit.AutoExecutor(calls[0][1][0].parent / ".submitit", cluster=options.cluster)
    executor.update_parameters(**(options.parameters or {}))
    jobs: list[submitit.Job[None]] = []
    try:
        jobs.extend(executor.submit(_train, *call) for call in calls)
        errors = [error for job in jobs if (error := job.exception())]
    except BaseException:  # Ctrl-C, SIGTERM, a scheduler that takes no more
        for job in jobs:
            job.cancel(check=False)  # which may have ended
        raise
    if errors:
        raise errors[0]


def _loss(folder: Path) -> float:
    result = found(folder)
    return result.objective() if result and result.status == "done" else inf
