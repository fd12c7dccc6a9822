"""Whether runs and sweeps show their progress; callers in Python may ask for none."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_HIDDEN: ContextVar[bool] = ContextVar("_HIDDEN", default=False)


@contextmanager
def hidden() -> Iterator[None]:
    """Runs and sweeps in the body show no progress bar."""
    token = _HIDDEN.set(True)
    try:
        yield
    finally:
        _HIDDEN.reset(token)


def is_hidden() -> bool:
    """Whether this is called in the body of `hidden`."""
    return _HIDDEN.get()
