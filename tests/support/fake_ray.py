"""A Ray that runs each task in this process, as soon as it is submitted."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from types import ModuleType
from typing import Any


class Died(Exception):
    """As `ray.exceptions.WorkerCrashedError`."""


class TaskError(Exception):
    """As `ray.exceptions.RayTaskError`, which wraps the error of a task."""

    def __init__(self, cause: Exception) -> None:
        super().__init__("a long traceback")
        self.cause = cause


class Task:
    def __init__(self, result: Future) -> None:
        self.result = result

    def future(self) -> Future:
        return self.result


class FakeRay(ModuleType):
    """`call` runs a task, given its function and arguments; `nodes` are the resources of each node."""

    def __init__(self, *nodes: Mapping[str, float], call: Callable = lambda function, *arguments: function(*arguments)):
        super().__init__("ray")
        self.resources, self.call = nodes, call
        self.requests: list[dict[str, Any]] = []
        self.cancelled: list[Task] = []
        self.sessions: list[str] = []
        self.exceptions = ModuleType("ray.exceptions")
        for name, error in {"WorkerCrashedError": Died, "RayTaskError": TaskError}.items():
            setattr(self.exceptions, name, error)
        for name in ("OutOfMemoryError", "NodeDiedError"):
            setattr(self.exceptions, name, type(name, (Exception,), {}))

    def init(self, **options: object) -> None:
        self.sessions.append("began")

    def shutdown(self) -> None:
        self.sessions.append("ended")

    def nodes(self) -> Sequence[dict[str, Any]]:
        gone = {"Alive": False, "Resources": {"CPU": 100.0, "GPU": 100.0}}
        return [gone, *({"Alive": True, "Resources": dict(node)} for node in self.resources)]

    def remote(self, **request: Any) -> Callable:
        self.requests.append(request)

        def submit(*arguments: object) -> Task:
            result: Future = Future()
            try:
                result.set_result(self.call(submit.function, *arguments))
            except Died as error:
                result.set_exception(error)
            except Exception as error:
                result.set_exception(TaskError(error))
            return Task(result)

        def decorated(function: Callable) -> Callable:
            submit.function, function.remote = function, submit
            return function

        return decorated

    def cancel(self, task: Task) -> None:
        self.cancelled.append(task)
