"""Importing torch and Lightning faster than they are by themselves."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unswept() -> Iterator[None]:
    """Import inside: the garbage collector is off, and then leaves alone for good what was imported.

    It would look through torch's million objects again and again as they arrive, a fifth of six seconds, and once
    more at exit, which takes a second. Where all is imported already nothing happens: garbage would be kept as well.
    """
    known = len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) > known:
            gc.freeze()
        gc.enable()
