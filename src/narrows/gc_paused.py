"""Faster imports of torch and Lightning: without garbage collection."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_paused(exclude: bool = True) -> Iterator[None]:
    """Pauses the garbage collector during imports; with `exclude`, all objects are excluded from later collections.

    The collector would scan torch's million objects repeatedly while they are created, which is a fifth of the six
    seconds that the import takes, and once more at exit, which takes a second. If nothing is imported inside, nothing
    is excluded, since that would exclude existing garbage as well.
    """
    known = len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        if exclude and len(sys.modules) > known:
            gc.freeze()
        gc.enable()
