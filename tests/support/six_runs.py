"""The study that the tests of the board serve: six runs of three kinds of code."""

from pathlib import Path

from narrows.runs import record
from narrows.runs.record import Record

AXES = {"model.bottleneck": [2, 3], "code": ["plain", "variational", "quantised"]}
RUNS = {
    f"code-{code}_bottleneck-{bottleneck}": {"model.bottleneck": bottleneck, "code": code}
    for bottleneck in AXES["model.bottleneck"]
    for code in AXES["code"]
}


def records(folder: Path) -> dict[str, Record]:
    """The record of each run by its name."""
    return {name: record.read(folder / name) for name in RUNS}
