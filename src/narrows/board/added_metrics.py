"""Adds metrics to the TensorBoard run of a finished run that is evaluated further."""

from collections.abc import Collection, Iterator
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from narrows.board import hparams
from narrows.board.events import PATTERN, EventFile, read
from narrows.board.summaries import scalar
from narrows.runs.determinants import EVALUATION
from narrows.runs.record import Record


def add(folder: Path, record: Record, added: Collection[str]) -> None:
    """Show the metrics `added` to the record of the run in `folder`, and renew its HPARAMS row.

    Nothing for a run with `logger=none`. The event file is written anew: TensorBoard ignores a second HPARAMS row.
    """
    if not any(folder.glob(PATTERN)):
        return
    question = hparams.study_of(folder)
    row = _row(read(folder)) | {EVALUATION: str(record.config[EVALUATION])}
    row |= hparams.axes(folder, row)
    metrics = {tag: record.metrics[tag] for tag in added} | hparams.asked(question, record.quantities())
    events = EventFile(folder, lambda event: _stays(event, metrics))
    for tag, value in metrics.items():
        events.add(scalar(tag, value), record.epochs)
    for summary in hparams.summaries(row, hparams.ticked(folder), question):
        events.add(summary, 0)
    events.flush()


def _stays(event: Event, metrics: Collection[str]) -> bool:
    """True for all but the file's header, the HPARAMS row, and these metrics from an earlier attempt."""
    of_hparams = any(value.metadata.plugin_data.plugin_name == metadata.PLUGIN_NAME for value in event.summary.value)
    return not (event.file_version or of_hparams or any(value.tag in metrics for value in event.summary.value))


def _row(events: Iterator[Event]) -> dict[str, str | float]:
    """The HPARAMS row among these events; empty if there is none."""
    for value in (value for event in events for value in event.summary.value):
        if value.tag == metadata.SESSION_START_INFO_TAG:
            start = HParamsPluginData.FromString(value.metadata.plugin_data.content).session_start_info
            return {
                key: entry.string_value if entry.HasField("string_value") else entry.number_value
                for key, entry in start.hparams.items()
            }
    return {}
