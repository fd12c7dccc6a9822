"""What a call from Python leaves as it was: torch's settings, the folder of a run without a path, Ctrl-C."""

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import torch

from narrows.errors import Interrupted
from narrows.paths import expanded, writable
from narrows.runs.hidden_progress import hidden
from narrows.runs.interrupts import interruptible


@contextmanager
def run_folder(path: str | Path | None) -> Iterator[Path]:
    """The folder that the user named, else a temporary one, which is removed at the end."""
    if path is not None:
        folder = expanded(path, "path").resolve()
        writable(folder, "path")
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="narrows-") as temporary:
        yield Path(temporary).resolve()


@contextmanager
def silent() -> Iterator[None]:
    """The body prints nothing and shows no progress."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()), hidden():
        yield


@contextmanager
def torch_settings_kept() -> Iterator[None]:
    """Runs set torch's threads and TF32 for their process; afterwards they are as they were."""
    threads = torch.get_num_threads()
    matmul, cudnn = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = matmul, cudnn


@contextmanager
def ctrl_c_as_in_python() -> Iterator[None]:
    """Ctrl-C in the body is recorded as an interruption and raises KeyboardInterrupt, as in any Python program."""
    try:
        with interruptible():
            yield
    except Interrupted as error:
        if error.signal == signal.SIGINT:
            raise KeyboardInterrupt(str(error)) from None
        raise
