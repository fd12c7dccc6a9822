"""TensorBoard's view of a finished run that is evaluated further: as if the run had had the evaluations."""

import shutil
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from narrows.board import added_metrics
from narrows.board.events import PATTERN
from narrows.runs import study
from narrows.runs.record import Record
from narrows.runs.study import Study

ADDED = {"test/probe": 0.75, "test/dead_units": 0.5}
LIST = ["reconstruction", "probe", "units"]


@pytest.fixture
def folder(trained, tmp_path) -> Path:
    return Path(shutil.copytree(trained.folder, tmp_path / "run"))


def add(record: Record, folder: Path) -> None:
    config = record.config | {"evaluation": LIST}
    changes = {"config": config, "metrics": record.metrics | ADDED}
    added_metrics.add(folder, record.model_copy(update=changes), ADDED)


def events_of(folder: Path) -> EventAccumulator:
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0, "scalars": 0})
    events.Reload()
    return events


def row_of(events: EventAccumulator) -> dict[str, str | float]:
    content = events.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    start = HParamsPluginData.FromString(content).session_start_info
    return {key: value.string_value or value.number_value for key, value in start.hparams.items()}


@pytest.mark.parametrize("times", [1, 2])
def test_the_run_has_the_new_scalars_once_and_all_that_it_had(trained, folder, times):
    before = events_of(folder)
    for _ in range(times):  # a second attempt follows one that was killed before it wrote the record
        add(trained.record, folder)
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


def test_its_hparams_row_names_the_evaluations(trained, folder):
    before = row_of(events_of(folder))
    add(trained.record, folder)
    assert row_of(events_of(folder)) == before | {"evaluation": str(LIST)}
    assert before["evaluation"] == "['reconstruction']"


def test_what_the_study_asks_about_is_computed_from_them(trained, tmp_path):
    folder = Path(shutil.copytree(trained.folder, tmp_path / "run"))
    runs = {"run": {"seed": 0}}
    asked = Study(name="s", question="?", command="", axes={"seed": [0]}, runs=runs, metrics=["test/probe_error"])
    study.write(asked, tmp_path)
    add(trained.record, folder)
    assert [scalar.value for scalar in events_of(folder).Scalars("test/probe_error")] == [0.25]


def test_a_run_that_is_not_logged_gets_no_event_file(trained, tmp_path):
    add(trained.record, tmp_path)
    assert list(tmp_path.iterdir()) == []
