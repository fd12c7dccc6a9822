"""The columns of HPARAMS: what a study varies and the quantities that it asks about come first."""

from collections.abc import Iterable, Sequence
from functools import cache

from tensorboard.plugins.hparams.api_pb2 import (
    DATA_TYPE_FLOAT64,
    DATA_TYPE_STRING,
    Experiment,
    HParamInfo,
    MetricInfo,
    MetricName,
)

from narrows.config.identity import deciding
from narrows.config.knobs import leaves
from narrows.config.levels import Level
from narrows.config.quantities import quantity
from narrows.runs.study import Study

Cell = str | float

#: The columns of metrics, after those that a study asks about: TensorBoard ticks the first five.
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
LABELS = {"objective/mse": "objective MSE"}  # of what is no quantity of a report

#: TensorBoard ticks the first five columns: what a study varies, and these if there is room.
MAIN = ("model.bottleneck", "model.activation", "code.name", "objective.name", "data.name")
ABSENT = "–"


@cache
def knob_columns() -> dict[str, bool]:
    """Each knob, and whether all its values are numbers: TensorBoard cannot sort a column of numbers and texts."""
    numeric: dict[str, bool] = {}
    for key, knob in leaves():
        types = {kind.get("type") for kind in (knob, *knob.get("anyOf", []))}
        numeric[key] = numeric.get(key, True) and bool(types & {"integer", "number"}) and "string" not in types
    return numeric


def axis_column(axis: str) -> str:
    """The column of an axis: `code.name` for `code`."""
    return f"{axis}.name" if f"{axis}.name" in knob_columns() else axis


def axis_cells(question: Study, run: str, row: Iterable[str]) -> dict[str, Cell]:
    """A run's cells of the axes that have no column in `row`, as arms and paths, or that some runs do not have."""
    levels, present = question.runs.get(run, {}), set(row)
    return {
        axis_column(axis): _cell(levels, axis, _is_numeric(question, axis))
        for axis in question.axes
        if run in question.runs and (_is_nested(question, axis) or axis_column(axis) not in present)
    }


def ticked(questions: Sequence[Study]) -> list[str]:
    """The columns to tick: the axes of these studies, filled up to five by `MAIN`."""
    axes = list(dict.fromkeys(axis_column(axis) for question in questions for axis in question.axes))
    others = [key for key in MAIN if key not in axes]
    return axes + others[: max(0, len(MAIN) - len(axes))]


def experiment(questions: Sequence[Study]) -> Experiment:
    """The columns for these studies: of one study only its axes, else every knob.

    TensorBoard ticks five columns of knobs, if there are so many, and then has no room left for a metric.
    """
    return Experiment(hparam_infos=_columns(questions), metric_infos=metric_columns(questions))


def metric_columns(questions: Sequence[Study]) -> list[MetricInfo]:
    """What the studies ask about, in their order, then `METRICS`."""
    rows = {tag: quantity(tag, question.quantities) for question in questions for tag in question.metrics}
    labels = {tag: quantity(tag).label for tag in METRICS if tag not in LABELS} | LABELS
    labels |= {tag: row.label for tag, row in rows.items()}
    return [
        MetricInfo(name=MetricName(tag=tag), display_name=labels[tag], description=METRICS.get(tag, tag))
        for tag in dict.fromkeys([*rows, *METRICS])
    ]


def column(name: str, numeric: bool, ticks: Sequence[str]) -> HParamInfo:
    """A column of numbers or of texts; TensorBoard ticks the first five that are called different."""
    return HParamInfo(name=name, type=DATA_TYPE_FLOAT64 if numeric else DATA_TYPE_STRING, differs=name in ticks)


def _columns(questions: Sequence[Study]) -> list[HParamInfo]:
    numeric = {key: knob_columns()[key] for key in deciding(knob_columns())}
    for question in questions:
        for axis in question.axes:
            if _is_nested(question, axis) or axis_column(axis) not in numeric:
                numeric[axis_column(axis)] = _is_numeric(question, axis)
    ticks = ticked(questions)
    if len(questions) == 1:
        ticks = [axis_column(axis) for axis in questions[0].axes]
        numeric = {name: numeric[name] for name in ticks}
    return [column(name, numeric[name], ticks) for name in dict.fromkeys([*ticks, *numeric])]


def _is_nested(question: Study, axis: str) -> bool:
    """True for an axis that some runs do not have."""
    return any(axis not in levels for levels in question.runs.values())


def _is_numeric(question: Study, axis: str) -> bool:
    return not _is_nested(question, axis) and all(type(level) in (int, float) for level in question.axes[axis])


def _cell(levels: dict[str, Level], axis: str, numeric: bool) -> Cell:
    level = levels.get(axis, ABSENT)
    if numeric and isinstance(level, (int, float)):
        return float(level)
    return "null" if level is None else str(level)
