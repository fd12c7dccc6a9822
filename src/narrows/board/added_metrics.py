"""Adds metrics to the TensorBoard run of a finished run that is evaluated further."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from narrows.board import hparams
from narrows.board.events import PATTERN, EventFile, read
from narrows.board.summaries import scalar


def add(folder: Path, metrics: Mapping[str, float], evaluations: Sequence[str], epoch: int) -> None:
    """Add the metrics, at the run's last epoch, and renew its HPARAMS row; nothing for a run with `logger=none`.

    The event file is written anew: TensorBoard ignores a second HPARAMS row of a run.
    """
    if not any(folder.glob(PATTERN)):
        return
    row = _row(read(folder)) | {"evaluation": str(list(evaluations))}
    events = EventFile(folder, lambda event: _stays(event, metrics))
    for tag, value in metrics.items():
        events.add(scalar(tag, value), epoch)
    for summary in hparams.summaries(row, hparams.ticked(folder)):
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
