"""Makes glibc keep freed memory, for products of stacked matrices, which allocate and free megabytes in every step."""

import ctypes
from contextlib import suppress

#: Parameters of mallopt from malloc.h and our values in bytes: free memory to keep, and the largest block to keep.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT, LARGEST_BLOCK = 1 << 30, 1 << 25


def keep_freed_memory() -> None:
    """Make glibc keep freed memory instead of returning it to the system.

    Otherwise page faults take a seventh of the time of the products; a fleet reuses its buffers and has none.
    """
    with suppress(OSError, AttributeError):  # a C library other than glibc
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(M_TRIM_THRESHOLD, KEPT)
        libc.mallopt(M_MMAP_THRESHOLD, LARGEST_BLOCK)
