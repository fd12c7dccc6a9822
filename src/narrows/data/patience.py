"""Runs a program that downloads, and gives it up when nothing arrives any more."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

SILENCE = 15.0  # seconds in which nothing arrives; a slow line brings some bytes in each
PACE = 0.2  # seconds between two looks


def run_patiently(command: Sequence[str], folder: Path) -> None:
    """Run a program that writes below `folder`, as long as the folder grows.

    Raises TimeoutError when it has not grown for `SILENCE` seconds, and OSError with the last line that the program
    printed when it fails. It is killed with its children.
    """
    with TemporaryFile() as output:
        running = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        try:
            _watch(running, folder)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()
        if running.returncode:
            output.seek(0)
            lines = output.read().decode(errors="replace").strip().splitlines()
            raise OSError(lines[-1] if lines else f"status {running.returncode}")


def _watch(running: subprocess.Popen[bytes], folder: Path) -> None:
    size, last = -1, time.monotonic()
    while running.poll() is None:
        if (now := _size(folder)) != size:
            size, last = now, time.monotonic()
        if time.monotonic() - last > SILENCE:
            raise TimeoutError(f"no answer within {SILENCE:.0f} s")
        time.sleep(PACE)


def _size(folder: Path) -> int:
    """Bytes below the folder, whose files come and go."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size
    return total
