"""Fleets as jobs of submitit: on a Slurm cluster, or as local processes that all start at once."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any


def train(
    function: Callable[..., None],
    calls: Sequence[Sequence[Any]],
    cluster: str,
    parameters: Mapping[str, Any],
    log: Path,
) -> None:
    """Call `function` in a job for each of the calls and wait for all; then raises the first error.

    Cancels the jobs if interrupted. Their logs go into the folder `log`.
    """
    import submitit

    executor = submitit.AutoExecutor(log, cluster=cluster)
    executor.update_parameters(**parameters)
    jobs: list[submitit.Job[None]] = []
    try:
        jobs.extend(executor.submit(function, *call) for call in calls)
        errors = [error for job in jobs if (error := job.exception())]
    except BaseException:  # Ctrl-C, SIGTERM, a scheduler that refuses the job
        for job in jobs:
            job.cancel(check=False)  # no error for a job that has ended
        raise
    if errors:
        raise errors[0]
