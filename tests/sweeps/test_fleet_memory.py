"""Fleets that do not fit into memory: they are halved, and no run is lost or trained twice."""

from types import SimpleNamespace

import psutil
import pytest
import torch

from narrows.data.splits import splits_of
from narrows.fleet.fleet import Fleet
from narrows.sweeps import free_memory, member_run
from narrows.sweeps.launch import launch
from narrows.training.make import make_module
from support.fleets import HERE, assert_equal_but_for_last_digits, planned_runs, small
from support.sweeps import records


def test_out_of_memory_halves_the_fleet(tmp_path, monkeypatch, alone):
    original, sizes = Fleet.__init__, []

    def small_device(self: Fleet, members, splits) -> None:
        sizes.append(len(members))
        if len(members) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        original(self, members, splits)

    monkeypatch.setattr(Fleet, "__init__", small_device)
    launch(planned_runs(tmp_path), HERE, "continue")
    assert sorted(sizes) == [2, 2, 2, 2, 4, 4]
    for name, one in alone.items():
        assert_equal_but_for_last_digits(records(tmp_path)[name], one)


def test_a_fleet_is_halved_till_it_fits_into_what_is_free(tmp_path, monkeypatch, capsys, alone):
    """The system would kill it later, without a word: it lends memory that it does not have."""
    weights = 4 * next(iter(alone.values())).parameters
    free = SimpleNamespace(available=2 * 1.1 * free_memory.COPIES * weights)  # for two of four runs
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    launch(planned_runs(tmp_path), HERE, "continue")
    assert capsys.readouterr().err.count("4 runs are halved, out of memory: 4 runs need") == 2
    for name, one in alone.items():
        assert_equal_but_for_last_digits(records(tmp_path)[name], one)


def test_out_of_memory_at_the_end_of_a_run_it_is_evaluated_in_a_smaller_fleet(tmp_path, monkeypatch, capsys, alone):
    evaluate, refused = member_run.evaluate, []

    def once(*arguments) -> dict[str, float]:
        if not refused:
            refused.append(True)
            raise torch.OutOfMemoryError("CUDA out of memory")
        return evaluate(*arguments)

    epochs = []
    original = Fleet._epoch
    monkeypatch.setattr(Fleet, "_epoch", lambda self: (epochs.append(len(self.members)), original(self)))
    monkeypatch.setattr(member_run, "evaluate", once)
    launch(planned_runs(tmp_path), HERE, "continue")
    assert epochs == [4, 4]  # of two fleets of one epoch: nobody is trained again
    assert "4 runs are halved, out of memory: CUDA out of memory" in capsys.readouterr().err
    for name, one in alone.items():
        assert_equal_but_for_last_digits(records(tmp_path)[name], one)


def test_several_fleets_share_the_memory_that_is_free(monkeypatch):
    config = small()
    weights = 4 * make_module(config, splits_of(config.data)).autoencoder.size
    free = SimpleNamespace(available=free_memory.COPIES * weights * 8.1)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    free_memory.check([config] * 8, beside=1)
    free_memory.check([config] * 4, beside=2)
    with pytest.raises(MemoryError, match="5 runs need"):
        free_memory.check([config] * 5, beside=2)


def test_out_of_memory_a_fleet_of_one_trains_alone_and_says_so(tmp_path, monkeypatch, capsys, alone):
    def too_small(self: Fleet, members, splits) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Fleet, "__init__", too_small)
    runs = planned_runs(tmp_path)[:2]
    launch(runs, HERE, "continue")
    printed = capsys.readouterr().err
    for _, folder in runs:
        assert f"{folder.name} trains alone, which may be slower, out of memory: CUDA out of memory" in printed
        assert_equal_but_for_last_digits(records(tmp_path)[folder.name], alone[folder.name])
