"""Threads that write the files of a fleet's runs."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest

from narrows.errors import Unwritable
from narrows.noise import counter_noise
from narrows.run import run
from narrows.runs import record
from narrows.sweeps import train_fleet
from narrows.sweeps.launch import launch
from narrows.sweeps.writers import AtOnce, Writer
from support.fleets import HERE, assert_equal_but_for_last_digits, planned_runs
from support.full_disk import full_disk
from support.sweeps import records


def in_threads(device) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(4)


def test_the_files_of_a_run_are_written_in_order():
    written, begin = [], Event()
    with ThreadPoolExecutor(4) as threads:
        writer = Writer(threads)
        writer.submit(begin.wait)
        for number in range(20):
            writer.submit(partial(written.append, number))
        assert not written
        begin.set()
        writer.wait()
    assert written == list(range(20))


@pytest.mark.parametrize("executor", [AtOnce, partial(ThreadPoolExecutor, 2)])
def test_nothing_is_written_after_a_file_that_could_not_be(executor):
    written = []

    def fail() -> None:
        raise Unwritable("the disk is full")

    with executor() as threads:
        writer = Writer(threads)
        with pytest.raises(Unwritable, match="the disk is full"):
            writer.submit(fail)
            writer.submit(partial(written.append, 1))
            writer.wait()
        with pytest.raises(Unwritable, match="the disk is full"):
            writer.wait()
    assert not written


def test_runs_of_other_writers_do_not_wait():
    begin, written = Event(), []
    with ThreadPoolExecutor(2) as threads:
        slow, fast = Writer(threads), Writer(threads)
        slow.submit(begin.wait)
        fast.submit(partial(written.append, 1))
        fast.wait()
        begin.set()
    assert written == [1]


def test_a_fleet_that_writes_in_threads_leaves_the_records_of_runs_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(train_fleet, "executor", in_threads)
    runs = planned_runs(tmp_path, "trainer.max_epochs=2")
    launch(runs, HERE, "continue")
    config, folder = runs[-1]
    assert_equal_but_for_last_digits(records(tmp_path)[folder.name], run(config, tmp_path / "alone"))
    pictures = [(place / "reconstructions.png").read_bytes() for place in (folder, tmp_path / "alone")]
    assert pictures[0] == pictures[1]


def test_runs_that_are_evaluated_together_and_one_that_diverged_have_the_records_of_runs_alone(tmp_path, monkeypatch):
    """As on a GPU. Errors differ in last digits."""
    monkeypatch.setattr(train_fleet, "executor", in_threads)
    monkeypatch.setattr(train_fleet, "evaluates_together", lambda device: True)
    monkeypatch.setattr(counter_noise, "draws_by_counter", lambda device: True)
    wild, *others = planned_runs(tmp_path, "trainer.max_epochs=1", "optimizer=sgd")[:2]
    optimizer = wild[0].optimizer.model_copy(update={"lr": 1e30})
    wild = (wild[0].model_copy(update={"optimizer": optimizer}), wild[1])
    launch([wild, *others], HERE, "continue")
    (config, folder), ended = others[0], records(tmp_path)
    assert ended[wild[1].name].status == "failed"
    alone = run(config, tmp_path / "alone").metrics
    assert ended[folder.name].metrics == pytest.approx(alone, rel=1e-4)


@pytest.mark.parametrize("file", ["best.ckpt", "reconstructions.png"])
def test_a_file_that_no_thread_can_write_interrupts_its_run_in_one_line(tmp_path, monkeypatch, capsys, file):
    monkeypatch.setattr(train_fleet, "executor", in_threads)
    runs = planned_runs(tmp_path, "trainer.max_epochs=1")[:2]
    with full_disk(file):
        launch(runs, HERE, "continue")
    for _, folder in runs:
        ended = record.read(folder)
        assert ended is not None
        assert ended.status == "interrupted"
        assert "cannot be written" in str(ended.error)
    assert "Traceback" not in capsys.readouterr().err
