"""The report as a TensorBoard run beside those of the study: figures, table and answer. Imports no torch.

TensorBoard's own writer puts the name of the machine into the name of the file, which is not for readers of a report.
"""

from pathlib import Path
from time import time

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from narrows.report.figures.style import pixels


def write(folder: Path, texts: dict[str, str], pictures: dict[str, Path]) -> None:
    """Write one event file into `folder`: texts in markdown and PNG files, by their tags."""
    summaries = [text_pb(tag, markdown) for tag, markdown in texts.items()]
    summaries += [Summary(value=[_image(tag, path)]) for tag, path in pictures.items()]
    events = [Event(wall_time=time(), step=0, summary=summary) for summary in summaries]
    with (folder / f"events.out.tfevents.{int(time())}.report").open("wb") as file:
        writer = RecordWriter(file)
        for event in [Event(wall_time=time(), file_version="brain.Event:2"), *events]:
            writer.write(event.SerializeToString())


def _image(tag: str, path: Path) -> Summary.Value:
    width, height = pixels(path)
    image = Summary.Image(width=width, height=height, colorspace=4, encoded_image_string=path.read_bytes())
    return Summary.Value(tag=tag, image=image)
