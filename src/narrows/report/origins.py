"""How to do it again: what the runs were made with, gathered from their records."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from narrows.runs.record import Record
from narrows.stats.grid import Grid


def provenance(grid: Grid) -> dict[str, str]:
    """Name to text, for the bottom of the page."""
    return {
        "command": grid.study.command,
        "this report": f"narrows report {grid.folder}",
    } | made([grid])


def made(grids: Iterable[Grid]) -> dict[str, str]:
    """What the runs of all these grids were made with, name to text."""
    records = [record for grid in grids for record in _finished(grid)]
    seconds = sum(record.seconds for record in records)
    started = sorted(record.started for record in records)
    return {
        "git": _each(_words(record.git) for record in records),
        "versions": _each(_words(record.versions) for record in records),
        "data": "; ".join(map(_data, _alike(records))),
        "machine": _each(record.device for record in records),
        "training time": f"{timedelta(seconds=round(seconds))} h, summed over {len(records)} runs",
        "started": " to ".join(dict.fromkeys([started[0], started[-1]])) if started else "",
    }


def warnings(grid: Grid) -> list[str]:
    """What makes the runs less than one experiment."""
    records = _finished(grid)
    kinds = {
        "commits": {str(record.git.get("commit")) for record in records},
        "data checksums": {record.data.checksum for record in records},
        "sets of versions": {_words(record.versions) for record in records},
        "machines": {record.device for record in records},
    }
    mixed = [f"The runs come from {len(found)} {kind}." for kind, found in kinds.items() if len(found) > 1]
    if any(record.git.get("dirty") for record in records):
        mixed.append("Some runs were made with changes that are not in the commit.")
    return mixed


def _finished(grid: Grid) -> list[Record]:
    """The runs that the numbers come from; one that was refused has neither data nor a machine."""
    return [record for record in grid.records.values() if record.status == "done"]


def _words(values: dict[str, object] | dict[str, str]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())


def _alike(records: Iterable[Record]) -> list[list[Record]]:
    """The records by what their images were cut from."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.data.checksum, []).append(record)
    return list(found.values())


def _data(records: Sequence[Record]) -> str:
    """Of one data set: how many images each split had, in the runs with the fewest and the most."""
    parts = ([getattr(record.data, part) for record in records] for part in ("train", "val", "test"))
    sizes = " + ".join(f"{low}" if low == high else f"{low} to {high}" for low, high in map(_ends, parts))
    first = records[0].data
    return f"{first.name}, {sizes} (train + val + test), sha256 {first.checksum} ({len(records)} runs)"


def _ends(sizes: list[int]) -> tuple[int, int]:
    return min(sizes), max(sizes)


def _each(texts: Iterable[str]) -> str:
    """The one text, or each with the number of its runs."""
    counts = Counter(texts)
    return "; ".join(counts) if len(counts) == 1 else "; ".join(f"{text} ({n} runs)" for text, n in counts.items())
