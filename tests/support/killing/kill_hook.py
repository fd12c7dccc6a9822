"""Kills this process at a chosen write of a file, by an audit hook.

The environment says which: NARROWS_KILL_BELOW the folder whose files count, NARROWS_KILL_NAME a part of the file's name
(empty: any), NARROWS_KILL_EVENT the event (empty: any of EVENTS), NARROWS_KILL_AT its number from 0, and
NARROWS_KILL_WHOM `process`, `group`, its whole process group, or `call`: then nothing is killed and the write raises
KeyError, as a defect of the program. Without a number the events are written to NARROWS_KILL_LOG, a line each.
"""

import os
import signal
import sys
from pathlib import Path

#: Audit events that change files, with the position of the path that counts.
EVENTS = {"open": 0, "os.rename": 1, "os.link": 1, "os.remove": 0, "os.mkdir": 0}
WRITING = os.O_WRONLY | os.O_RDWR


def install() -> None:
    """Add the hook, if the environment asks for it."""
    if "NARROWS_KILL_BELOW" in os.environ:
        sys.addaudithook(Hook())


class Hook:
    """Counts the events."""

    def __init__(self) -> None:
        self.below = os.environ["NARROWS_KILL_BELOW"]
        self.name, self.event = os.environ.get("NARROWS_KILL_NAME", ""), os.environ.get("NARROWS_KILL_EVENT", "")
        self.at, self.whom = os.environ.get("NARROWS_KILL_AT"), os.environ.get("NARROWS_KILL_WHOM", "process")
        log = os.environ.get("NARROWS_KILL_LOG")
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if log else None
        self.count = 0

    def __call__(self, event: str, arguments: tuple) -> None:
        if event not in EVENTS or self.event not in ("", event) or not self._counts(event, arguments):
            return
        if self.log is not None:
            os.write(self.log, f"{event} {_path(event, arguments).name}\n".encode())
        if self.at is not None and self.count == int(self.at):
            if self.whom == "call":
                raise KeyError("a defect")
            os.kill(os.getpid(), signal.SIGKILL) if self.whom == "process" else os.killpg(0, signal.SIGKILL)
        self.count += 1

    def _counts(self, event: str, arguments: tuple) -> bool:
        path = _path(event, arguments)
        if not path.is_relative_to(self.below) or self.name not in path.name:
            return False
        return event != "open" or bool((arguments[2] or 0) & WRITING)


def _path(event: str, arguments: tuple) -> Path:
    path = arguments[EVENTS[event]]
    return Path(os.fsdecode(path)).absolute() if isinstance(path, str | bytes | os.PathLike) else Path()
