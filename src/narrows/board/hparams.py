"""HPARAMS: a row for each run, with the same columns for all runs, whatever kinds of model they use."""

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

#: The columns of metrics, in this order: TensorBoard ticks the first five.
METRICS = {
    "test/mse": "squared error of the test images, mean over pixels in [0, 1]",
    "objective/mse": "of the validation images, or of the training images if none are held out",
    "train/mse": "of the training images",
    "pca/mse": "of the test images, by PCA with as many components as the code has numbers",
    "run/seconds": "time of all training steps",
    "run/parameters": "weights and biases",
    "run/epochs": "passes over the training images",
    "run/best_epoch": "the epoch whose weights were kept",
    "run/active_units": "numbers of the code with a variance above 0.01, after the last epoch",
    "test/loss": "the objective on the test images",
}

#: TensorBoard ticks the first five columns: what a study varies, and these if there is room.
MAIN = ("model.bottleneck", "model.activation", "code.name", "objective.name", "data.name")
ABSENT = "–"


def metrics(final: Mapping[str, float], history: History, parameters: int) -> dict[str, float]:
    """The `METRICS` of a run, from the final metrics in its record and its history."""
    known = dict(final) | {
        "objective/mse": final.get("val/mse", final["train/mse"]),
        "run/seconds": sum(history.curves["seconds"]),
        "run/parameters": parameters,
        "run/epochs": history.epochs,
        "run/best_epoch": history.best_epoch,
        "run/active_units": history.curves["active_units"][-1],
    }
    return {tag: known[tag] for tag in METRICS if tag in known}


def knobs(config: Config, images: int) -> dict[str, str | float]:
    """Every knob that affects a run's numbers; a knob that the run does not have is 0 or –.

    `images` is the number of training images, which is not in the config if `data.train_size` is null.
    """
    values = {key: value for key, value in config.flat().items() if value != str(None)} | {"data.train_size": images}
    row: dict[str, str | float] = {}
    for key, numeric in _columns().items():
        if key in config.flat() or not _has(config, key):
            value = values.get(key, ABSENT)
            row[key] = (0.0 if isinstance(value, str) else value) if numeric else str(value)
    return row


def _has(config: Config, key: str) -> bool:
    """True if the config has the knob, whether or not it affects the numbers."""
    absent = object()
    return value_at(config.model_dump(), key, absent) is not absent


@cache
def _columns() -> dict[str, bool]:
    """Each knob, and whether all its values are numbers: TensorBoard cannot sort a column of numbers and texts."""
    numeric: dict[str, bool] = {}
    for key, knob in leaves():
        types = {kind.get("type") for kind in (knob, *knob.get("anyOf", []))}
        numeric[key] = numeric.get(key, True) and bool(types & {"integer", "number"}) and "string" not in types
    return numeric


def ticked(folder: Path) -> list[str]:
    """The columns to tick: the axes of the study that holds the run's folder, filled up to five by `MAIN`."""
    planned = study.read(folder.parent).axes if (folder.parent / study.NAME).is_file() else {}
    axes = [axis if axis in _columns() else f"{axis}.name" for axis in planned]
    others = [key for key in MAIN if key not in axes]
    return axes + others[: max(0, len(MAIN) - len(axes))]


def summaries(row: Knobs, ticked: list[str]) -> list[Summary]:
    """Three summaries: the columns, the run's row, and its status. TensorBoard takes the columns from any one run."""
    infos = [HParamInfo(name=key, type=_type(value), differs=key in ticked) for key, value in row.items()]
    columns = [MetricInfo(name=MetricName(tag=tag), description=meaning) for tag, meaning in METRICS.items()]
    experiment = Experiment(hparam_infos=infos, metric_infos=columns)
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


def _type(value: str | float) -> int:
    return int(DATA_TYPE_STRING if isinstance(value, str) else DATA_TYPE_FLOAT64)


def _summary(tag: str, content: HParamsPluginData) -> Summary:
    plugin = SummaryMetadata.PluginData(plugin_name=metadata.PLUGIN_NAME, content=content.SerializeToString())
    return Summary(value=[Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin))])
