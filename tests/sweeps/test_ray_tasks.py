"""Fleets as tasks of Ray: what they request, and how their errors, a killed worker and Ctrl-C end."""

import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from narrows.errors import Interrupted
from narrows.sweeps import ray_tasks, train_fleet
from narrows.sweeps.capacity import Capacity
from narrows.sweeps.launch import launch
from narrows.sweeps.ray_tasks import Cluster
from narrows.sweeps.workers import WorkerKilled
from support.fake_ray import Died, FakeRay
from support.fleets import HERE, assert_equal_but_for_last_digits, planned_runs
from support.sweeps import records

RAY = HERE.model_copy(update={"cluster": "ray", "processes": None})


@pytest.fixture
def fake(monkeypatch) -> Callable[..., FakeRay]:
    def install(*nodes: dict[str, float], **options: Callable) -> FakeRay:
        ray = FakeRay(*(nodes or [{"CPU": 2.0}]), **options)
        monkeypatch.setitem(sys.modules, "ray", ray)
        monkeypatch.setitem(sys.modules, "ray.exceptions", ray.exceptions)
        monkeypatch.delenv(ray_tasks.NO_STATISTICS, raising=False)
        return ray

    return install


def test_its_records_are_those_of_runs_alone_and_ray_ends(tmp_path, fake, alone):
    ray = fake()
    losses = launch(planned_runs(tmp_path), RAY, "continue")
    after = records(tmp_path)
    for name, expected in alone.items():
        assert_equal_but_for_last_digits(after[name], expected)
    assert losses == [after[path.name].objective() for _, path in planned_runs(tmp_path)]
    assert ray.sessions == ["began", "ended"]
    assert ray.requests == [{"num_cpus": 1, "num_gpus": 0, "max_retries": 0}] * 2
    launch(planned_runs(tmp_path), RAY, "continue")
    assert ray.sessions == ["began", "ended"], "nothing is left to train: no Ray begins"


GPUS = [{"CPU": 8.0, "GPU": 2.0}, {"CPU": 8.0, "GPU": 1.0}, {"CPU": 4.0}]


@pytest.mark.parametrize(
    ("nodes", "settings", "parameters", "capacity", "request_", "on_a_node"),
    [
        ([{"CPU": 3.0}, {"CPU": 5.0}], "trainer=cpu", {}, Capacity(8, False), (1, 0), 5),
        ([{"CPU": 3.0}, {"CPU": 5.0}], "trainer.threads=2", {}, Capacity(3, False), (2, 0), 2),
        ([{"CPU": 3.0}], "trainer=gpu", {}, Capacity(3, False), (1, 0), 3),
        (GPUS, "trainer=cpu", {}, Capacity(20, False), (1, 0), 8),
        (GPUS, "trainer=auto", {}, Capacity(3, True), (1, 1), 2),
        (GPUS, "trainer=gpu", {"num_gpus": 0.25}, Capacity(12, True), (1, 0.25), 8),
        (GPUS, "trainer=gpu", {"num_gpus": 2, "num_cpus": 4}, Capacity(1, True), (4, 2), 1),
        ([{"CPU": 3.0}], "trainer=cpu", {"num_cpus": 0}, Capacity(1, False), (0, 0), 1),
        ([{"CPU": 1.0}], "trainer=gpu", {"num_gpus": 1}, Capacity(1, True), (1, 1), 1),
    ],
)
def test_a_fleet_requests_cores_or_a_gpu(tmp_path, fake, nodes, settings, parameters, capacity, request_, on_a_node):
    """A cluster of 3 GPUs trains 3 fleets; without a GPU, one that may use none gets a core for each thread."""
    fake(*nodes)
    runs, cluster = planned_runs(tmp_path, settings), Cluster(parameters)
    assert cluster.capacity(runs) == capacity
    assert (cluster.request(runs)["num_cpus"], cluster.request(runs)["num_gpus"]) == request_
    assert cluster.on_a_node(runs) == on_a_node


def test_the_tasks_have_the_variables_of_this_package_only(tmp_path, fake, monkeypatch):
    environments = []

    def call(function, environment, *arguments):
        environments.append(environment)

    fake(call=call)
    monkeypatch.setenv("NARROWS_DATA_DIR", "digits")
    launch(planned_runs(tmp_path)[:1], RAY, "continue")
    (environment,) = environments
    assert environment["NARROWS_DATA_DIR"] == "digits"
    assert all(name.startswith("NARROWS_") for name in environment)


def test_the_fleets_of_a_killed_worker_are_halved(tmp_path, fake, alone, capsys):
    def kills_large_fleets(function, environment, folder, train, arguments):
        if len(arguments[0]) > 2:
            raise Died
        function(environment, folder, train, arguments)

    fake({"CPU": 1.0}, call=kills_large_fleets)
    launch(planned_runs(tmp_path), RAY, "continue")
    assert records(tmp_path).keys() == alone.keys()
    assert capsys.readouterr().err == "a worker was killed, perhaps out of memory: fleets of half the size\n"


def test_a_run_whose_worker_is_killed_even_alone_ends_the_launcher(tmp_path, fake):
    def kills(*_: object) -> None:
        raise Died("killed")

    ray = fake(call=kills)
    with pytest.raises(WorkerKilled, match="killed"):
        launch(planned_runs(tmp_path), RAY, "continue")
    assert ray.sessions == ["began", "ended"]


def test_a_defect_in_a_fleet_is_recorded_for_its_runs(tmp_path, fake, monkeypatch):
    def broken(*_: object) -> None:
        raise KeyError("a defect")

    fake()
    monkeypatch.setattr(train_fleet.FleetTraining, "_train_together", broken)
    assert launch(planned_runs(tmp_path), RAY, "continue") == [float("inf")] * 8
    assert {record.error for record in records(tmp_path).values()} == {"'a defect'"}


def test_an_error_outside_the_fleets_is_raised_after_all_tasks(tmp_path, fake):
    def fails(function, environment, folder, train, arguments):
        if "relu" in arguments[1][0].name:
            raise ImportError("no narrows on this node")
        function(environment, folder, train, arguments)

    fake(call=fails)
    with pytest.raises(ImportError, match="no narrows on this node"):
        launch(planned_runs(tmp_path), RAY, "continue")
    assert all("tanh" in name for name in records(tmp_path)) and len(records(tmp_path)) == 4


def test_an_interrupted_sweep_cancels_its_tasks_and_ends_ray(tmp_path, fake, monkeypatch):
    """Ctrl-C comes while the tasks are waited for."""

    def waits(futures: object, **options: object) -> None:
        if not options:
            os.kill(os.getpid(), signal.SIGINT)

    ray = fake()
    ray.call = lambda *_: None
    monkeypatch.setattr(ray_tasks, "wait", waits)
    with pytest.raises(Interrupted):
        launch(planned_runs(tmp_path), RAY, "continue")
    assert len(ray.cancelled) == len(ray.requests) == 2
    assert ray.sessions == ["began", "ended"]


def test_a_task_ends_as_ray_expects_when_it_is_cancelled(tmp_path):
    def interrupted() -> None:
        raise Interrupted(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        ray_tasks._call({}, tmp_path, interrupted, ())


def test_no_more_tasks_than_processes_run_at_a_time(tmp_path, fake, monkeypatch):
    ray, most = fake({"CPU": 8.0}), []

    def first(running: set[Future], **options: object) -> tuple[set[Future], set[Future]]:
        most.append(len(running))
        return set(), set([*running][1:])

    ray.call = lambda *_: None
    monkeypatch.setattr(ray_tasks, "wait", first)
    launch(planned_runs(tmp_path), RAY.model_copy(update={"processes": 2, "max_size": 1}), "continue")
    assert most == [2] * 6 + [8]
