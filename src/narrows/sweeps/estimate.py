"""The time that a sweep will take: a cost model of its runs, corrected by the runs that are done in its folder."""

import re
from collections.abc import Callable, Sequence
from heapq import heapreplace
from statistics import median
from typing import NamedTuple

from narrows.config.schema import Config
from narrows.runs.record import Record
from narrows.sweeps import gpu_cost
from narrows.sweeps.capacity import gpus
from narrows.sweeps.cost import BESIDE, REPORT, START, conclusion_seconds, pca_seconds, training_seconds
from narrows.sweeps.launch import Options, split
from narrows.sweeps.plan import PlannedRun


class Pace(NamedTuple):
    """How the runs that are done differ from the cost model: seconds as a ratio, and the share of epochs trained."""

    training: float = 1.0
    evaluation: float = 1.0
    epochs: float = 1.0


Finished = tuple[Config, Record]  # a run that is done, with the config that the sweep wants


def text(
    runs: Sequence[PlannedRun], done: Sequence[Finished], further: Sequence[Finished], options: Options | None
) -> str:
    """The estimate in one line for the `runs` that are left, given those that are `done`.

    Those of the finished runs that are to be evaluated `further` are told beside it. With `options` the runs train as
    fleets, several at a time; None: each alone.
    """
    beside = _further(further)
    if not runs:
        return f"nothing to train{beside}"
    return _training(runs, done, options) + beside


def _further(runs: Sequence[Finished]) -> str:
    """The time of the evaluations that finished runs lack, one run after the other."""
    missing = [
        config.model_copy(update={"evaluation": record.unevaluated(config.evaluation)}) for config, record in runs
    ]
    return f", {duration(sum(map(conclusion_seconds, missing)))} of further evaluations" if runs else ""


def _training(runs: Sequence[PlannedRun], done: Sequence[Finished], options: Options | None) -> str:
    where = " on a CPU; a GPU may take less" if gpus(runs) and not done else ""
    wall, computing, processes = seconds(runs, pace(done, together=options is not None), options)
    if options is None:
        return f"about {duration(computing)} if trained one after the other{where}"
    each = f", {duration(computing)} of computing in {processes} processes" if processes > 1 else ""
    return f"about {duration(wall)}{each}{where}{_on_a_gpu(runs)}"


def _on_a_gpu(runs: Sequence[PlannedRun]) -> str:
    """The time on one GPU, where a fleet has all runs of one shape; empty if the runs must use the CPU."""
    if all(config.trainer.accelerator == "cpu" for config, _ in runs):
        return ""
    options = Options(max_size=len(runs), processes=1, cluster=None, parameters=None)
    return f"; about {duration(gpu_cost.seconds(split(runs, options)[0]))} on one H200"


def seconds(runs: Sequence[PlannedRun], pace: Pace, options: Options | None) -> tuple[float, float, int]:
    """The time until all runs are done, the computing time, both in seconds, and the number of processes."""
    tasks, processes = split(runs, options) if options else ([[run] for run in runs], 1)
    times = [sum(_run_seconds(config, pace, together=len(task) > 1) for config, _ in task) for task in tasks]
    start = START + sum(map(pca_seconds, {config.data for config, _ in runs}))
    return start + _makespan(times, processes) + REPORT, processes * start + sum(times) + REPORT, processes


def pace(done: Sequence[Finished], together: bool) -> Pace:
    """The medians over the runs that are done; without any, those of the cost model."""
    trained = [(config, record) for config, record in done if record.epochs and record.seconds]
    training = _median(
        lambda config, record: record.seconds / training_seconds(config, record.epochs, together), trained, 1.0
    )
    return Pace(
        training,
        _median(
            lambda config, record: record.evaluation_seconds / conclusion_seconds(config),
            [(config, record) for config, record in trained if record.evaluation_seconds],
            training,
        ),
        _median(lambda config, record: record.epochs / config.trainer.max_epochs, trained, 1.0),
    )


def _median(ratio: Callable[[Config, Record], float], runs: Sequence[tuple[Config, Record]], otherwise: float) -> float:
    return median(ratio(config, record) for config, record in runs) if runs else otherwise


def _run_seconds(config: Config, pace: Pace, together: bool) -> float:
    epochs = config.trainer.max_epochs * pace.epochs
    training = pace.training * training_seconds(config, epochs, together)
    return training + pace.evaluation * conclusion_seconds(config) + BESIDE


def _makespan(times: Sequence[float], processes: int) -> float:
    """When the last task ends if each process takes the next one as soon as it is free."""
    busy = [0.0] * processes
    for time in times:
        heapreplace(busy, busy[0] + time)
    return max(busy)


def duration(seconds: float) -> str:
    """Two digits: 40 seconds, 1.5 minutes, 12 minutes or 2.5 hours."""
    if seconds < 90:
        return f"{max(seconds, 2):.0f} seconds"
    value, unit = (seconds / 60, "minutes") if seconds < 90 * 60 else (seconds / 3600, "hours")
    return f"{value:.2g} {unit}" if value < 10 else f"{value:.0f} {unit}"


def seconds_of(text: str) -> float:
    """The first `duration` in a text, in seconds; 0 if there is none."""
    if match := re.search(r"([\d.]+) (seconds|minutes|hours)", text):
        return float(match[1]) * {"seconds": 1, "minutes": 60, "hours": 3600}[match[2]]
    return 0.0
