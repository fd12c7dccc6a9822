"""`python -m narrows.bench.phases OUT ARGUMENTS`: a command of narrows, with the time of its parts in a JSON file."""

import json
import runpy
import sys
from collections import Counter
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

#: The parts, each with the functions that do it: module and name within. A part inside another counts in both.
PARTS = {
    "compose the configs": [("narrows.app.study_grid", "read_grid")],
    "begin runs": [("narrows.sweeps.train_fleet", "begin")],
    "assemble fleets": [("narrows.fleet.fleet", "Fleet._assemble")],
    "training steps": [("narrows.fleet.gpu.stacked_epochs", "StackedEpochs.train")],
    "epochs, validation included": [("narrows.fleet.fleet", "Fleet._epoch")],
    "boards during training": [("narrows.sweeps.member_run", "MemberRun.show_epoch")],
    "checkpoints during training": [("narrows.sweeps.fleet_checkpoints", "Checkpoints.save_if_due")],
    "end of runs": [("narrows.sweeps.train_fleet", "FleetTraining._conclude")],
    "report": [("narrows.report", "write")],
}


class Clock:
    """Adds up the wall time and the calls of each part."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            began = perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds[part] += perf_counter() - began  # type: ignore[assignment] # a Counter holds any number
                self.calls[part] += 1

        return call

    def watch(self) -> list[str]:
        """Time every part; returns those whose function does not exist."""
        missing = []
        for part, functions in PARTS.items():
            for module, name in functions:
                *path, last = name.split(".")
                try:
                    owner: Any = import_module(module)
                    for attribute in path:
                        owner = getattr(owner, attribute)
                    setattr(owner, last, self.timed(part, getattr(owner, last)))
                except (ImportError, AttributeError):
                    missing.append(part)
        return missing


def main(out: Path, arguments: list[str]) -> None:
    began, clock = perf_counter(), Clock()
    missing = clock.watch()
    imported = perf_counter() - began
    status: object = 0
    sys.argv = ["narrows", *arguments]
    try:
        runpy.run_module("narrows", run_name="__main__")
    except SystemExit as end:
        status = end.code
    parts = {part: {"seconds": clock.seconds[part], "calls": clock.calls[part]} for part in PARTS}
    content = {"wall": perf_counter() - began, "imports": imported, "parts": parts, "missing": missing}
    out.write_text(json.dumps(content | {"status": status}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
