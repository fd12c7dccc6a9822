"""A TensorBoard event file, written without a thread and closed between epochs.

torch's SummaryWriter keeps a thread and an open file for each run, too many for a fleet of a thousand runs.
"""

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from time import time

from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from narrows.runs.run_folder import EVENTS

PATTERN = EVENTS
_number = count()


class EventFile:
    """A new event file that replaces those in `folder` and copies the events for which `keep` returns True.

    An event that is incomplete, because its run was killed while writing it, is left out.
    """

    def __init__(self, folder: Path, keep: Callable[[Event], bool]) -> None:
        earlier = list(folder.glob(PATTERN))
        self.path = folder / PATTERN.replace("*", f"{int(time())}.{os.getpid()}.{next(_number)}")
        self.waiting = [Event(wall_time=time(), file_version="brain.Event:2")]
        self.waiting += [event for event in read(folder) if keep(event)]
        self.flush()
        for path in earlier:
            path.unlink()

    def add(self, summary: Summary, epoch: int) -> None:
        """Keep a summary for the next `flush`."""
        self.waiting.append(Event(wall_time=time(), step=epoch, summary=summary))

    def add_graph(self, graph: GraphDef) -> None:
        """Keep a graph for the next `flush`."""
        self.waiting.append(Event(wall_time=time(), graph_def=graph.SerializeToString()))

    def flush(self) -> None:
        """Write what was added; a later crash loses none of it."""
        with self.path.open("ab") as file:
            writer = RecordWriter(file)
            for event in self.waiting:
                writer.write(event.SerializeToString())
        self.waiting.clear()


def read(folder: Path) -> Iterator[Event]:
    """The events of the event files in `folder`, without incomplete ones."""
    for path in sorted(folder.glob(PATTERN)):
        yield from LegacyEventFileLoader(str(path)).Load()
