"""How to reproduce the runs: commands, commit, versions, data and machines, collected from their records."""

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from narrows.config.evaluations import EVALUATIONS
from narrows.report.sentences import phrases
from narrows.runs.determinants import EVALUATION
from narrows.runs.record import Record
from narrows.stats.grid import Grid


def provenance(grid: Grid, report: str) -> dict[str, str]:
    """Name to text, for the bottom of the page; `report` is the command that writes it again."""
    added = " && ".join(_added_evaluations(grid))
    commands = {"command": grid.study.command, "evaluations added later": added, "this report": report}
    return {name: command for name, command in commands.items() if command} | run_origins([grid])


def _added_evaluations(grid: Grid) -> list[str]:
    """The commands that add the evaluations that finished runs have beyond those of the study, one for each folder.

    None for a study whose own evaluations are unknown: one of version 0.1.0, a search, or one that varies them.
    """
    if (planned := grid.study.fixed.get(EVALUATION)) is None:
        return []
    added: dict[Path, dict[str, None]] = {}  # names without repetitions, in order
    for run, record in grid.records.items():
        if record.status == "done":
            names = (name for name in record.config.get(EVALUATION, []) if name not in planned)
            added.setdefault(grid.folders[run].parent, {}).update(dict.fromkeys(names))
    return [
        shlex.join(["narrows", "evaluate", str(folder), f"evaluation=[{','.join(names)}]"])
        for folder, names in added.items()
        if names
    ]


def run_origins(grids: Iterable[Grid]) -> dict[str, str]:
    """Code, versions, data and machines of the finished runs of all these grids, name to text."""
    records = [record for grid in grids for record in grid.finished]
    seconds, runs = sum(record.seconds for record in records), phrases.count(len(records), "run")
    started = sorted(record.started for record in records)
    return {
        "git": _each(_commit(record.git) for record in records),
        "versions": _each(_versions(record) for record in records),
        "data": "; ".join(map(_data, _by_data(records))),
        "machine": _each(record.device for record in records),
        "training time": f"{timedelta(seconds=round(seconds))} (h:mm:ss), summed over {runs}",
        "started": " to ".join(dict.fromkeys([started[0], started[-1]])) if started else "",
    }


def warnings(grid: Grid) -> list[str]:
    """A sentence for each kind of difference in code, data, machines or evaluations between the runs."""
    records = grid.finished
    kinds = {
        "commits": {str(record.git.get("commit")) for record in records},
        "data checksums": {record.data.checksum for record in records},
        "sets of versions": {_versions(record) for record in records},
        "machines": {record.device for record in records},
    }
    sentences = [
        f"The runs come from {len(values)} different {kind}." for kind, values in kinds.items() if len(values) > 1
    ]
    if grid.main.data_power and len(units := dict.fromkeys(record.data.unit for record in records)) > 1:
        sentences.append(
            f"The errors are in different units ({', '.join(units)}): differences between them mean nothing."
        )
    if any(record.git.get("dirty") for record in records):
        sentences.append("Some runs were trained with uncommitted changes.")
    return sentences + _outdated(grid)


def _outdated(grid: Grid) -> list[str]:
    """A sentence for each evaluation that some runs have in an earlier version than the present one."""
    counts = Counter(
        name
        for record in grid.finished
        for name, version in record.evaluations().items()
        if name in EVALUATIONS and version < EVALUATIONS[name].version
    )
    return [
        f"The evaluation {name} of {phrases.count(number, 'run')} is of an earlier version, with other numbers "
        f"than version {EVALUATIONS[name].version}; narrows evaluate FOLDER evaluation=[{name}] repeats it."
        for name, number in counts.items()
    ]


def _commit(git: Mapping[str, Any]) -> str:
    if not git.get("commit"):
        return "not run from a git checkout"
    return f"commit {git['commit']}" + (", with uncommitted changes" if git.get("dirty") else "")


def _versions(record: Record) -> str:
    return ", ".join(f"{package} {version}" for package, version in record.versions.items())


def _by_data(records: Iterable[Record]) -> list[list[Record]]:
    """The records grouped by the checksum of their data."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.data.checksum, []).append(record)
    return list(groups.values())


def _data(records: Sequence[Record]) -> str:
    """One data set: its name, its checksum, and the sizes of its splits, from the smallest to the largest."""
    splits = ([getattr(record.data, split) for record in records] for split in ("train", "val", "test"))
    sizes = " + ".join(_range(min(counts), max(counts)) for counts in splits)
    data = records[0].data
    return f"{data.name}, {sizes} (train + val + test), sha256 {data.checksum} ({phrases.count(len(records), 'run')})"


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}"


def _each(texts: Iterable[str]) -> str:
    """The text if all are equal, else each with the number of its runs."""
    counts = Counter(texts)
    return (
        "; ".join(counts)
        if len(counts) == 1
        else "; ".join(f"{text} ({phrases.count(n, 'run')})" for text, n in counts.items())
    )
