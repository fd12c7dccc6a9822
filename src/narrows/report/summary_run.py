"""The report as a TensorBoard run beside those of the study: figures, table and answer. Imports no torch."""

from pathlib import Path
from time import time

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from narrows.report.figures.style import pixels


def write(folder: Path, texts: dict[str, str], pictures: dict[str, Path]) -> None:
    """Write one event file into `folder`: texts in markdown and PNG files, by their tags."""
    writer = EventFileWriter(str(folder))
    for tag, markdown in texts.items():
        writer.add_event(Event(wall_time=time(), step=0, summary=text_pb(tag, markdown)))
    for tag, path in pictures.items():
        writer.add_event(Event(wall_time=time(), step=0, summary=Summary(value=[_image(tag, path)])))
    writer.close()


def _image(tag: str, path: Path) -> Summary.Value:
    width, height = pixels(path)
    image = Summary.Image(width=width, height=height, colorspace=4, encoded_image_string=path.read_bytes())
    return Summary.Value(tag=tag, image=image)
