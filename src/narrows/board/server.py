"""TensorBoard for this machine only, with flags that suit many runs."""

import socket
import threading
from contextlib import redirect_stderr, suppress
from io import StringIO
from pathlib import Path

from tensorboard.program import TensorBoard, TensorBoardPortInUseError

from narrows.board.events import PATTERN
from narrows.errors import Interrupted, UserError
from narrows.runs.interrupts import interruptible

HOST, PORT = "127.0.0.1", 6006
KEPT = "scalars=10000,images=50"  # most points of a curve and pictures of a tag; TensorBoard's defaults would drop some


def start(folder: Path) -> str:
    """Serve the runs below `folder` on loopback, in the background; returns the address.

    Raises UserError if there is nothing to show.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; name that of a study, a run, or outputs")
    if not any(folder.rglob(PATTERN)):
        raise UserError(f"{folder}: nothing for TensorBoard in it (were its runs trained with logger=none?)")
    try:
        return _launch(folder, _port())
    except TensorBoardPortInUseError:  # taken since `_port` looked, while TensorBoard started
        return _launch(folder, 0)


def _launch(folder: Path, port: int) -> str:
    server = TensorBoard()
    flags = {"logdir": str(folder), "host": HOST, "port": str(port), "samples_per_plugin": KEPT}
    flags |= {"window_title": folder.resolve().name, "reload_interval": "5"}
    server.configure(["tensorboard", *(f"--{name}={value}" for name, value in flags.items())])
    with redirect_stderr(StringIO()):  # its note on the fast data loader
        address: str = server.launch()
    return address.rstrip("/")


def _port() -> int:
    """The default port if it is free, else 0, for which the system chooses one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, PORT))
        except OSError:
            return 0
    return PORT


def wait() -> None:
    """Block until Ctrl-C or SIGTERM."""
    with suppress(Interrupted), interruptible():
        threading.Event().wait()
