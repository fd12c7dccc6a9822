"""TensorBoard for this machine only, with flags that suit many runs."""

import socket
import threading
from collections.abc import Callable
from contextlib import redirect_stderr, suppress
from io import StringIO
from pathlib import Path

from tensorboard import default
from tensorboard.plugins.hparams.hparams_plugin import HParamsPlugin
from tensorboard.program import TensorBoard, TensorBoardPortInUseError, TensorBoardServerException

from narrows.board.hparams_page import HParamsPage
from narrows.errors import Interrupted, UserError
from narrows.runs.interrupts import interruptible

LOOPBACK = ("127.0.0.1", "localhost", "::1")
HOST, PORT = LOOPBACK[0], 6006
KEPT = "scalars=10000,images=50"  # most points of a curve and pictures of a tag; TensorBoard's defaults would drop some
RELOAD = 5  # seconds


def start(folder: Path, host: str = HOST, port: int | None = None) -> str:
    """Serve the runs below `folder` in the background; returns the address.

    Without a port it is the default one, or any free one if that is taken.
    Raises UserError for a host other than this machine's loopback addresses, and for a port that cannot be had.
    """
    if host not in LOOPBACK:
        raise UserError(f"--host {host}: {_way_in(port or PORT)}")
    problem = _problem(host, port or PORT)
    try:
        if port and problem:
            raise TensorBoardPortInUseError(problem)
        return _launch(folder, host, 0 if problem else port or PORT)
    except TensorBoardPortInUseError:  # perhaps taken since `_problem` looked, while TensorBoard started
        if port:
            why = problem or "address already in use"
            raise UserError(f"--port {port}: {why}; choose another one, or none for any that is free") from None
        return _launch(folder, host, 0)
    except TensorBoardServerException as error:
        raise UserError(f"--host {host}: {error}") from None


def _way_in(port: int) -> str:
    """Why no other host is served, and how to reach this one."""
    return (
        f"TensorBoard asks for no password, so it is served on {', '.join(LOOPBACK)} only; on the other computer run "
        f"ssh -L {port}:{HOST}:{port} {socket.gethostname()}, then open http://{HOST}:{port}"
    )


def _launch(folder: Path, host: str, port: int) -> str:
    pages = [HParamsPage if page is HParamsPlugin else page for page in default.get_plugins()]
    server = TensorBoard(plugins=pages)
    flags = {"logdir": str(folder), "host": host, "port": str(port), "samples_per_plugin": KEPT}
    flags |= {"window_title": folder.resolve().name, "reload_interval": str(RELOAD)}
    server.configure(["tensorboard", *(f"--{name}={value}" for name, value in flags.items())])
    with redirect_stderr(StringIO()):  # its note on the fast data loader
        address: str = server.launch()
    return address.rstrip("/")


def _problem(host: str, port: int) -> str:
    """Why the port cannot be had, empty if it can."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return str(error.strerror).lower()
    return ""


def wait(refresh: Callable[[], object] = lambda: None) -> None:
    """Block until Ctrl-C, SIGTERM or SIGHUP; calls `refresh` as often as TensorBoard looks for new runs."""
    with suppress(Interrupted), interruptible():
        while not threading.Event().wait(RELOAD):
            with suppress(UserError, OSError):  # a study that is being moved or written
                refresh()
