"""A grid of runs trained as fleets: in this process, in several side by side, or as jobs of a cluster."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from math import inf
from pathlib import Path
from typing import Any, Literal

from joblib import Parallel, cpu_count, delayed
from pydantic import Field, ValidationError

from narrows import record
from narrows.config import Config, one_line
from narrows.errors import UserError
from narrows.slots import Count, Section
from narrows.sweep.plan import Todo, found, state
from narrows.sweep.pursue import pursue
from narrows.training.together import alone, fleets

Order = tuple[Config, Path]
Task = tuple[Sequence[Config], Sequence[Path], str, str]  # of `aboard.train`


class Options(Section):
    """How a grid becomes fleets: the keys of `hydra.launcher`."""

    max_size: Count | None = Field(description="runs in a fleet; null: as many as are fastest, halved out of memory")
    processes: Count | None = Field(description="fleets side by side; null: one for each core, or for each GPU")
    cluster: Literal["local", "slurm"] | None = Field(
        description="each fleet a job of submitit's; null: processes here"
    )
    parameters: dict[str, Any] = Field(description="of submitit's executor: timeout_min, slurm_partition and so on")


def options(values: Mapping[str, Any]) -> Options:
    """The checked options. Raises UserError: one line with the key, the value and what would do."""
    try:
        return Options.model_validate(values)
    except ValidationError as error:
        raise UserError(f"hydra.launcher.{one_line(error, values)}") from None


def launch(orders: Sequence[Order], options: Options, on_error: str) -> list[float]:
    """Train every run in its folder; returns the losses that sweepers minimise, infinite for a run that failed.

    Runs that are done are left as they are; one that fits no fleet is trained alone, with a line that says why.
    """
    left = [order for order in orders if state(record.begin(order[0]), order[1]) is not Todo.SKIP]
    gpus = _gpus() if any(config.trainer.accelerator != "cpu" for config, _ in left) else 0
    solo = [order for order in left if _why_alone(order[0], gpus)]
    together = [order for order in left if not _why_alone(order[0], gpus)]
    processes = options.processes or gpus or cpu_count()
    groups = fleets([config for config, _ in together], processes, options.max_size)
    tasks = list(_tasks([[together[position] for position in group] for group in groups], gpus, on_error))
    _tell(tasks, solo, gpus)
    _run(tasks, min(processes, len(tasks)), options)
    for config, folder in solo:
        pursue(config, folder, on_error)
    return [_loss(folder) for _, folder in orders]


def _gpus() -> int:
    if not any(Path("/dev").glob("nvidia[0-9]*")):  # without loading torch
        return 0
    import torch

    return torch.cuda.device_count()


def _why_alone(config: Config, gpus: int) -> str:
    return alone(config) or ("there is no GPU here" if config.trainer.accelerator == "gpu" and not gpus else "")


def _tasks(groups: Sequence[Sequence[Order]], gpus: int, on_error: str) -> Iterator[Task]:
    turn = count()
    for group in groups:
        configs, folders = zip(*group, strict=True)
        on_gpu = gpus and configs[0].trainer.accelerator != "cpu"
        yield configs, folders, f"cuda:{next(turn) % gpus}" if on_gpu else "cpu", on_error


def _tell(tasks: Sequence[Task], solo: Sequence[Order], gpus: int) -> None:
    sizes = [len(folders) for _, folders, _, _ in tasks]
    if sizes:
        print(f"{sum(sizes)} runs in {len(sizes)} fleets of {min(sizes)} to {max(sizes)}")
    for config, folder in solo:
        print(f"{folder.name} trains alone: {_why_alone(config, gpus)}")


def _run(tasks: Sequence[Task], processes: int, options: Options) -> None:
    if options.cluster:
        _submit(tasks, options)
    elif processes > 1:
        Parallel(n_jobs=processes, batch_size=1)(delayed(_train)(*task) for task in tasks)
    else:
        for task in tasks:
            _train(*task)


def _train(*task: Any) -> None:  # noqa: ANN401 - a Task
    from narrows.sweep.aboard import train  # torch: only where something is trained

    train(*task)


def _submit(tasks: Sequence[Task], options: Options) -> None:
    """Each fleet a job, all of them waited for."""
    try:
        import submitit
    except ImportError:
        raise UserError(
            f"hydra.launcher.cluster={options.cluster}: pip install -c constraints.txt -e '.[submitit]'"
        ) from None
    folder = tasks[0][1][0].parent / ".submitit" if tasks else Path()
    executor = submitit.AutoExecutor(folder, cluster=options.cluster)
    executor.update_parameters(**options.parameters)
    jobs = [executor.submit(_train, *task) for task in tasks]
    for job in jobs:
        job.result()


def _loss(folder: Path) -> float:
    result = found(folder)
    return result.objective() if result and result.status == "done" else inf
