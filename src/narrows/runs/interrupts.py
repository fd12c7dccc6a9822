"""Ctrl-C, SIGTERM and SIGHUP, which a closed terminal sends, as an exception that names the signal."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from narrows.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN = 0.1  # seconds after which a signal is sent again whose exception Python dropped


class _Held:
    """How many bodies of `signals_held` are running, and the signal that arrived in them."""

    depth = 0
    number: int | None = None


@contextmanager
def interruptible() -> Iterator[None]:
    """In the body each of `SIGNALS` raises Interrupted, except inside `signals_held`, at whose end it does.

    A SIGHUP that is ignored, as nohup has it, stays ignored.

    Python prints and drops an exception that is raised in a destructor or a weak reference's callback; the signal is
    then sent again. Does nothing outside the main thread, since Python delivers signals to that thread only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers, hook = {number: signal.signal(number, _raise) for number in _caught()}, sys.unraisablehook
    sys.unraisablehook = _sending_again(hook)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def signals_held() -> Iterator[None]:
    """The body is not interrupted: a signal that arrives meanwhile raises Interrupted at its end.

    For bodies of at most a few seconds that must not be done in part. Works inside `interruptible` only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _Held.depth += 1
    try:
        yield
    finally:
        _Held.depth -= 1
        if not _Held.depth and _Held.number is not None:
            number, _Held.number = _Held.number, None
            raise Interrupted(number)


def _caught() -> list[signal.Signals]:
    return [number for number in SIGNALS if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]


def _raise(number: int, frame: FrameType | None) -> None:
    if _Held.depth:
        _Held.number = number
    else:
        raise Interrupted(number)


Hook = Callable[["sys.UnraisableHookArgs"], object]


def _sending_again(hook: Hook) -> Hook:
    """A hook for exceptions that Python drops: it sends the signal of an Interrupted again and calls `hook` else."""

    def again(dropped: "sys.UnraisableHookArgs") -> None:
        if isinstance(dropped.exc_value, Interrupted):
            timer = threading.Timer(AGAIN, os.kill, (os.getpid(), dropped.exc_value.signal))
            timer.daemon = True
            timer.start()
        else:
            hook(dropped)

    return again
