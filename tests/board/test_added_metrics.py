"""TensorBoard's view of a finished run that is evaluated further: as if the run had had the evaluations."""

import shutil
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from narrows.board import added_metrics
from narrows.board.events import PATTERN

ADDED = {"test/probe": 0.75, "test/dead_units": 0.5}
LIST = ["reconstruction", "probe", "units"]


@pytest.fixture
def folder(trained, tmp_path) -> Path:
    return Path(shutil.copytree(trained.folder, tmp_path / "run"))


def events_of(folder: Path) -> EventAccumulator:
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0, "scalars": 0})
    events.Reload()
    return events


def row_of(events: EventAccumulator) -> dict[str, str | float]:
    content = events.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    start = HParamsPluginData.FromString(content).session_start_info
    return {key: value.string_value or value.number_value for key, value in start.hparams.items()}


@pytest.mark.parametrize("times", [1, 2])
def test_the_run_has_the_new_scalars_once_and_all_that_it_had(folder, times):
    before = events_of(folder)
    for _ in range(times):  # a second attempt follows one that was killed before it wrote the record
        added_metrics.add(folder, ADDED, LIST, epoch=3)
    after = events_of(folder)
    assert len(list(folder.glob(PATTERN))) == 1
    for tag, value in ADDED.items():
        assert [(scalar.step, scalar.value) for scalar in after.Scalars(tag)] == [(3, value)]
    for tag in before.Tags()["scalars"]:
        assert after.Scalars(tag) == before.Scalars(tag)
    for tag in before.Tags()["tensors"]:
        assert after.Tensors(tag) == before.Tensors(tag)
    assert after.Tags()["graph"] == before.Tags()["graph"]
    assert set(after.Tags()["scalars"]) == set(before.Tags()["scalars"]) | ADDED.keys()


def test_its_hparams_row_names_the_evaluations(folder):
    before = row_of(events_of(folder))
    added_metrics.add(folder, ADDED, LIST, epoch=3)
    assert row_of(events_of(folder)) == before | {"evaluation": str(LIST)}
    assert before["evaluation"] == "['reconstruction']"


def test_a_run_that_is_not_logged_gets_no_event_file(tmp_path):
    added_metrics.add(tmp_path, ADDED, LIST, epoch=3)
    assert list(tmp_path.iterdir()) == []
