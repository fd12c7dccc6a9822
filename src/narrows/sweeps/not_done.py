"""Lines for the runs of a sweep that were refused or are not done, each with its state and the reason."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console

from narrows.sweeps.plan import Job, readable_record

LINES = 20  # at most; a line for each of 1,000 runs hides all others
ALONE = 3  # up to so many runs with the same reason have a line each

NotDone = tuple[str, Path, str]  # state, folder of the run, reason


def print_refused(jobs: Sequence[Job], folder: Path) -> None:
    """Print on stderr why jobs are refused, before any other is trained."""
    _print(_lines([("refused", folder / job.name, job.error) for job in jobs if job.config is None]))


def print_not_done(jobs: Sequence[Job], folder: Path) -> int:
    """Print on stderr which runs are not done after the sweep; returns the exit status: 1 if there is any.

    Reasons of refused runs have been printed before, so that these are counted only.
    """
    runs = [run for job in jobs if (run := _not_done(folder / job.name))]
    if not runs:
        return 0
    counts = Counter(state for state, _, _ in runs)
    _print(_lines([run for run in runs if run[0] != "refused"]))
    _print([f"{len(runs)} of {len(jobs)} runs not done: {', '.join(f'{n} {state}' for state, n in counts.items())}"])
    return 1


def _not_done(folder: Path) -> NotDone | None:
    record = readable_record(folder)
    if record is None:
        return "missing", folder, "no record"
    return None if record.status == "done" else (record.status, folder, record.error or "")


def _lines(runs: Iterable[NotDone]) -> list[str]:
    """A line for each run, or one for all runs with the same reason if these are many."""
    alike: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for state, folder, reason in runs:
        alike[state, reason].append(folder)
    lines = []
    for (state, reason), folders in alike.items():
        why = f": {reason}" if reason else ""
        if len(folders) > ALONE:
            lines.append(f"{state}: {len(folders)} runs, the first of them {folders[0]}{why}")
        else:
            lines += [f"{state}: {folder}{why}" for folder in folders]
    return lines if len(lines) <= LINES else [*lines[: LINES - 1], f"… and {len(lines) - LINES + 1} more reasons"]


def _print(lines: Sequence[str]) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    for line in lines:
        console.print(line, markup=False)
