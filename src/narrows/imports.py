"""Importing torch and Lightning faster than they are by themselves."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unswept() -> Iterator[None]:
    """Import inside: the garbage collector is off, and then leaves alone for good what was imported.

    It would look through torch's million objects again and again as they arrive, a fifth of six seconds, and once
    more at exit, which takes a second.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
