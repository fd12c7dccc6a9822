"""HPARAMS: one row a run, with the same columns for every run of the project, whatever its kinds."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.api_pb2 import (
    DATA_TYPE_FLOAT64,
    DATA_TYPE_STRING,
    STATUS_SUCCESS,
    Experiment,
    HParamInfo,
    MetricInfo,
    MetricName,
)
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo

from narrows.config.dotted import value_at
from narrows.config.knobs import leaves
from narrows.config.schema import Config
from narrows.runs import study
from narrows.runs.history import History

Knobs = Mapping[str, str | float]

#: The columns of numbers, in this order: TensorBoard ticks the first five.
METRICS = {
    "test/mse": "squared error of the test images, mean over pixels in [0, 1]",
    "objective/mse": "of the validation images, where nothing is held out of the training images",
    "train/mse": "of the training images",
    "pca/mse": "of the test images, by PCA with as many numbers",
    "run/seconds": "time of all training steps",
    "run/parameters": "weights and biases",
    "run/epochs": "passes over the training images",
    "run/best_epoch": "the epoch whose weights were kept",
    "run/active_units": "numbers of the code with a variance above 0.01, after the last epoch",
    "test/loss": "the objective on the test images",
}

#: TensorBoard ticks the first five columns: what a study varies, and of these as many as there is room for.
MAIN = ("model.bottleneck", "model.activation", "code.name", "objective.name", "data.name")
ABSENT = "–"


def metrics(found: Mapping[str, float], history: History, parameters: int) -> dict[str, float]:
    """`METRICS` of a run, from the final metrics in its record and its history."""
    known = dict(found) | {
        "objective/mse": found.get("val/mse", found["train/mse"]),
        "run/seconds": sum(history.curves["seconds"]),
        "run/parameters": parameters,
        "run/epochs": history.epochs,
        "run/best_epoch": history.best_epoch,
        "run/active_units": history.curves["active_units"][-1],
    }
    return {tag: known[tag] for tag in METRICS if tag in known}  # decibels are of pixels alone


def knobs(config: Config, images: int) -> dict[str, str | float]:
    """Every knob that decides a run's numbers, also those that only other kinds have: 0 or – for this one.

    `images` is the number of training images, for a `data.train_size` that leaves it open.
    """
    own = {key: value for key, value in config.flat().items() if value != str(None)} | {"data.train_size": images}
    row: dict[str, str | float] = {}
    for key, numeric in _columns().items():
        if key in config.flat() or not _has(config, key):
            value = own.get(key, ABSENT)
            row[key] = (0.0 if isinstance(value, str) else value) if numeric else str(value)
    return row


def _has(config: Config, key: str) -> bool:
    """Whether the knob is one of this config's kinds, which for one that decides no numbers is always so."""
    absent = object()
    return value_at(config.model_dump(), key, absent) is not absent


@cache
def _columns() -> dict[str, bool]:
    """Each knob, and whether its values are numbers: a column of both would be sorted by neither."""
    found: dict[str, bool] = {}
    for key, knob in leaves():
        types = {kind.get("type") for kind in (knob, *knob.get("anyOf", []))}
        found[key] = found.get(key, True) and bool(types & {"integer", "number"}) and "string" not in types
    return found


def shown(folder: Path) -> list[str]:
    """The columns that are ticked: what differs in the study around a run's folder, filled up to five by `MAIN`."""
    planned = study.read(folder.parent).axes if (folder.parent / study.NAME).is_file() else {}
    axes = [axis if axis in _columns() else f"{axis}.name" for axis in planned]
    others = [key for key in MAIN if key not in axes]
    return axes + others[: max(0, len(MAIN) - len(axes))]


def summaries(row: Knobs, shown: list[str]) -> list[Summary]:
    """The columns, the row and its end. TensorBoard takes the columns from whatever run it finds first."""
    start = SessionStartInfo()
    for key, value in row.items():
        if isinstance(value, str):
            start.hparams[key].string_value = value
        else:
            start.hparams[key].number_value = value
    infos = [HParamInfo(name=key, type=_type(value), differs=key in shown) for key, value in row.items()]
    numbers = [MetricInfo(name=MetricName(tag=tag), description=meaning) for tag, meaning in METRICS.items()]
    experiment = Experiment(hparam_infos=infos, metric_infos=numbers)
    return [
        _summary(metadata.EXPERIMENT_TAG, HParamsPluginData(experiment=experiment)),
        _summary(metadata.SESSION_START_INFO_TAG, HParamsPluginData(session_start_info=start)),
        _summary(
            metadata.SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=SessionEndInfo(status=STATUS_SUCCESS))
        ),
    ]


def _type(value: str | float) -> int:
    return int(DATA_TYPE_STRING if isinstance(value, str) else DATA_TYPE_FLOAT64)


def _summary(tag: str, content: HParamsPluginData) -> Summary:
    plugin = SummaryMetadata.PluginData(plugin_name=metadata.PLUGIN_NAME, content=content.SerializeToString())
    return Summary(value=[Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin))])
