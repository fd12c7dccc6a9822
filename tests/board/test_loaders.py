"""Both loaders of TensorBoard read the temporary folder of links while the study behind it changes."""

import json
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from urllib.request import urlopen

import pytest
from tensorboard.program import TensorBoard

from narrows.board import shown
from narrows.board.events import EventFile
from narrows.board.summaries import scalar
from narrows.runs import study
from narrows.runs.study import Study


def plan(folder: Path, *runs: str) -> None:
    levels = {run: {"seed": 0} for run in runs}
    study.write(Study(name="made_up", question="?", command="none", axes={"seed": [0]}, runs=levels), folder)


def begin(folder: Path) -> EventFile:
    folder.mkdir()
    events = EventFile(folder, lambda event: False)
    events.add(scalar("train/loss", 1.0), 1)
    events.flush()
    return events


def serve(tree: Path, fast: bool) -> str:
    server = TensorBoard()
    flags = {
        "logdir": str(tree),
        "port": "0",
        "host": "127.0.0.1",
        "reload_interval": "1",
        "load_fast": str(fast).lower(),
    }
    server.configure(["tensorboard", *(f"--{name}={value}" for name, value in flags.items())])
    with redirect_stderr(StringIO()):
        return server.launch().rstrip("/")


def wait_until(expected: object, read: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while (found := read()) != expected:
        assert time.monotonic() < deadline, f"{found} is not {expected}"
        time.sleep(0.2)


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "python"])
def test_runs_that_begin_later_are_shown_and_removed_levels_are_not(tmp_path, fast):
    plan(tmp_path, "first", "later")
    events = begin(tmp_path / "first")
    begin(tmp_path / "removed")
    with shown.linked([tmp_path]) as tree:
        address = serve(tree, fast)

        def get(route: str) -> object:
            with urlopen(f"{address}/data/{route}") as answer:
                return json.load(answer)

        wait_until(["first"], lambda: get("runs"))
        begin(tmp_path / "later")
        events.add(scalar("train/loss", 0.5), 2)
        events.flush()
        wait_until(["first", "later"], lambda: sorted(get("runs")))
        wait_until(2, lambda: len(get("plugin/scalars/scalars?run=first&tag=train/loss")))
        plan(tmp_path, "first", "added")
        begin(tmp_path / "added")
        shown.link([tmp_path], tree)  # as `narrows board` does every five seconds
        wait_until(["added", "first"], lambda: sorted(get("runs")))
