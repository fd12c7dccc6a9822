"""Fleets as tasks of Ray: of a running cluster, or of a Ray that is started on this machine and ends with the sweep."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

from narrows.errors import Interrupted, one_line
from narrows.runs.interrupts import interruptible, signals_held
from narrows.sweeps.capacity import Capacity, may_use_gpu
from narrows.sweeps.plan import PlannedRun
from narrows.sweeps.workers import WorkerKilled, call_in

ENDING = 60.0  # seconds for cancelled tasks to write their checkpoints and records
FORWARDING = 1.0  # seconds until Ray prints here what tasks wrote; what it has not printed when it ends is lost
NO_STATISTICS = "RAY_USAGE_STATS_ENABLED"


@contextmanager
def connected(parameters: Mapping[str, Any]) -> Iterator["Cluster"]:
    """The cluster of RAY_ADDRESS; else the one that runs on this machine; else one that is started and ended here."""
    os.environ.setdefault(NO_STATISTICS, "0")  # a Ray started here reports its usage to nobody
    import ray

    try:
        with signals_held():  # Ray's compiled functions lose an exception that a signal raises in them
            ray.init(include_dashboard=False)
        with interruptible():  # once more, since Ray has set its own handler of SIGTERM
            yield Cluster(parameters)
    finally:
        with signals_held():
            sleep(FORWARDING)
            ray.shutdown()


class Cluster:
    """`parameters` are options of Ray's tasks that replace ours, such as `num_gpus: 0.25` for four fleets on a GPU."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        import ray

        self.ray, self.parameters = ray, dict(parameters)
        self.nodes: list[dict[str, float]] = [node["Resources"] for node in ray.nodes() if node["Alive"]]

    def capacity(self, runs: Sequence[PlannedRun]) -> Capacity:
        """How many fleets of these runs the nodes have room for; at least one, since a cluster may grow."""
        request = self.request(runs)
        return Capacity(max(1, sum(_fitting(request, node) for node in self.nodes)), request["num_gpus"] > 0)

    def on_a_node(self, runs: Sequence[PlannedRun]) -> int:
        """How many fleets may share the memory of a node."""
        request = self.request(runs)
        return max([1, *(_fitting(request, node) for node in self.nodes)])

    def request(self, runs: Sequence[PlannedRun]) -> dict[str, Any]:
        """What a fleet of these runs needs: cores for its threads, and a GPU if it may use one and there is any.

        No task is tried again by Ray: a fleet whose worker was killed, perhaps for want of memory, is halved.
        """
        gpu = may_use_gpu(runs) and any(node.get("GPU") for node in self.nodes)
        threads = max((config.trainer.threads for config, _ in runs), default=1)
        return {"num_cpus": threads, "num_gpus": int(gpu), "max_retries": 0} | self.parameters

    def train(
        self, function: Callable[..., None], calls: Sequence[tuple[dict[str, Any], Sequence[Any]]], at_once: int
    ) -> None:
        """Call `function` in a task for each of the calls, at most `at_once` at a time, and wait for all of them.

        A call is its request and its arguments. Raises WorkerKilled if a task's process died, else the first error.
        Tasks are cancelled if this process is interrupted: their runs can be continued.
        """
        tasks: dict[Future[None], Any] = {}
        running: set[Future[None]] = set()
        try:
            for request, arguments in calls:
                if len(running) == at_once:
                    _, running = wait(running, return_when=FIRST_COMPLETED)
                with signals_held():
                    task = self.ray.remote(**request)(_call).remote(_environment(), Path.cwd(), function, arguments)
                    future = task.future()
                    tasks[future] = task
                running = {*running, future}
            wait(tasks)
        except BaseException:
            self._cancel(tasks)
            raise
        _raise_errors(tasks)

    def _cancel(self, tasks: Mapping[Future[None], Any]) -> None:
        """Interrupt the tasks, as Ctrl-C does, and wait until each has written what it has."""
        with signals_held():
            for task in tasks.values():
                self.ray.cancel(task)
            wait(tasks, timeout=ENDING)


def _raise_errors(futures: Iterable[Future[None]]) -> None:
    from ray.exceptions import NodeDiedError, OutOfMemoryError, RayTaskError, WorkerCrashedError

    killings = (WorkerCrashedError, OutOfMemoryError, NodeDiedError)
    errors = [error for future in futures if (error := future.exception())]
    if killed := [error for error in errors if isinstance(error, killings)]:
        raise WorkerKilled(one_line(killed[0])) from killed[0]
    for error in errors:
        raise error.cause if isinstance(error, RayTaskError) else error


def _fitting(request: Mapping[str, Any], node: Mapping[str, float]) -> int:
    """How many tasks of this request fit on a node with these resources; 1 for a request of nothing."""
    needed = {"CPU": request["num_cpus"], "GPU": request["num_gpus"], **request.get("resources", {})}
    return int(min((node.get(name, 0) / amount for name, amount in needed.items() if amount), default=1))


def _environment() -> dict[str, str]:
    """The variables of this package, which the nodes of a running cluster do not have."""
    return {name: value for name, value in os.environ.items() if name.startswith("NARROWS_")}


def _call(
    environment: Mapping[str, str], folder: Path, function: Callable[..., None], arguments: Sequence[Any]
) -> None:
    """The body of a task. Ray knows KeyboardInterrupt as the end of a cancelled task, and no other."""
    os.environ.update(environment)
    try:
        call_in(folder, function, *arguments)
    except Interrupted:
        raise KeyboardInterrupt from None
