"""HPARAMS: a row for each run, with the same columns for all runs, whatever kinds of model they use."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.api_pb2 import STATUS_SUCCESS, Experiment
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo

from narrows.board import hparams_columns as columns
from narrows.board.hparams_columns import ABSENT, METRICS, Cell, axis_cells
from narrows.config.dotted import value_at
from narrows.config.quantities import quantity
from narrows.config.schema import Config
from narrows.runs import study
from narrows.runs.history import History
from narrows.runs.study import Study

Knobs = Mapping[str, Cell]


def metrics(
    final: Mapping[str, float], history: History, parameters: int, question: Study | None = None
) -> dict[str, float]:
    """The numbers of the columns of a run, from the final metrics in its record and its history."""
    known = dict(final) | {
        "objective/mse": final.get("val/mse", final["train/mse"]),
        "run/seconds": sum(history.curves["seconds"]),
        "run/parameters": parameters,
        "run/epochs": history.epochs,
        "run/best_epoch": history.best_epoch,
        "run/active_units": history.curves["active_units"][-1],
    }
    computed = asked(question, known)
    known |= computed
    return {tag: known[tag] for tag in (*computed, *METRICS) if tag in known}


def asked(question: Study | None, recorded: Mapping[str, float]) -> dict[str, float]:
    """The quantities that the study asks about, as far as a run has recorded what they are computed from."""
    values = {tag: quantity(tag).value(recorded) for tag in (question.metrics if question else [])}
    return {tag: value for tag, value in values.items() if value is not None}


def knobs(config: Config, images: int) -> dict[str, Cell]:
    """Every knob that affects a run's numbers; a knob that the run does not have is 0 or –.

    `images` is the number of training images, which is not in the config if `data.train_size` is null.
    """
    deciding, sections = config.flat(), config.model_dump()
    values = {key: value for key, value in deciding.items() if value != str(None)} | {"data.train_size": images}
    row: dict[str, Cell] = {}
    for key, numeric in columns.knob_columns().items():
        if key in deciding or not _has(sections, key):
            value = values.get(key, ABSENT)
            row[key] = (0.0 if isinstance(value, str) else value) if numeric else str(value)
    return row


def _has(sections: Mapping[str, Any], key: str) -> bool:
    """True if the config has the knob, whether or not it affects the numbers."""
    absent = object()
    return value_at(sections, key, absent) is not absent


def axes(folder: Path, row: Knobs) -> dict[str, Cell]:
    """The cells of the run in `folder` for those axes of its study that `row` does not have."""
    question = study_of(folder)
    return axis_cells(question, folder.name, row) if question else {}


def ticked(folder: Path) -> list[str]:
    """The columns to tick for the run in `folder`: the axes of its study, filled up to five."""
    question = study_of(folder)
    return columns.ticked([question] if question else [])


def study_of(folder: Path) -> Study | None:
    """The study whose folder holds the run's `folder`."""
    path = folder.parent / study.NAME
    return _study(folder.parent, path.stat().st_mtime_ns) if path.is_file() else None


@lru_cache(maxsize=1)  # the runs of a study share it: 2 ms
def _study(folder: Path, changed: int) -> Study:
    """The study in this folder, whose file was `changed` at this time."""
    return study.read(folder)


def summaries(row: Knobs, ticked: list[str], question: Study | None = None) -> list[Summary]:
    """Three summaries: the columns, for TensorBoard as others start it, the run's row, and its status."""
    infos = [columns.column(key, not isinstance(value, str), ticked) for key, value in row.items()]
    experiment = Experiment(hparam_infos=infos, metric_infos=columns.metric_columns([question] if question else []))
    end = SessionEndInfo(status=STATUS_SUCCESS)
    return [
        _summary(metadata.EXPERIMENT_TAG, HParamsPluginData(experiment=experiment)),
        _summary(metadata.SESSION_START_INFO_TAG, HParamsPluginData(session_start_info=_start(row))),
        _summary(metadata.SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=end)),
    ]


def _start(row: Knobs) -> SessionStartInfo:
    start = SessionStartInfo()
    for key, value in row.items():
        if isinstance(value, str):
            start.hparams[key].string_value = value
        else:
            start.hparams[key].number_value = value
    return start


def _summary(tag: str, content: HParamsPluginData) -> Summary:
    plugin = SummaryMetadata.PluginData(plugin_name=metadata.PLUGIN_NAME, content=content.SerializeToString())
    return Summary(value=[Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin))])
