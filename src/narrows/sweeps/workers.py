"""Calls in worker processes of joblib and Ray, which keep these processes for later calls."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class WorkerKilled(Exception):
    """A worker process died before its call ended: the system kills one when memory is short."""


def call_in(folder: Path, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of `function` in the working folder `folder`: that of the worker is the one of its first call."""
    os.chdir(folder)
    return function(*args, **kwargs)
