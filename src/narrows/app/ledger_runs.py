"""The runs of the ledger's papers: where they are, archived or in a folder of outputs, and the time that they take."""

from collections.abc import Sequence
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

from narrows.app.from_python import PlannedSweep, planned_sweep
from narrows.errors import UserError
from narrows.paths import checkout
from narrows.published import archive
from narrows.published.archive import RUNS, Runs
from narrows.published.papers import FULL, GROUP
from narrows.published.protocol import Protocol


def runs(name: str, size: str, out: Path) -> Runs:
    """The runs of a paper in `out`; in the full size with the archived ones, as they would be archived."""
    if size != FULL:
        return archive.trained(out / name)
    repository = checkout()
    archived = archive.archive_of(repository / "docs" / "published" / RUNS / name) if repository else None

    def planning(seeds: Sequence[int]) -> Protocol:
        sweep = _sweep(name, out, tuple(seeds))
        return Protocol(sweep.study, {job.name: job.config for job in sweep.jobs if job.config})

    (out / RUNS).mkdir(exist_ok=True)
    command = f"narrows published size={FULL} only={name}"
    return archive.collect(planning, archived, out / name, out / RUNS / name, command)


def cost(name: str, out: Path) -> str:
    """The time that the runs of a paper would take in the full size, in words."""
    return _sweep(name, out).time_left()


@cache
def _sweep(name: str, out: Path, seeds: tuple[int, ...] = ()) -> PlannedSweep:
    """The study of a paper in the full size, with these seeds or those of its file.

    Raises UserError if a run of it is not valid here, for want of a package or of its data.
    """
    typed = [f"seed={','.join(map(str, seeds))}"] if seeds else []
    with redirect_stdout(None):  # what a sweep says of its logging
        sweep = planned_sweep([f"study={GROUP}/{name}", f"size={FULL}", *typed], out / name)
    if error := next((job.error for job in sweep.jobs if job.error), ""):
        raise UserError(f"study={GROUP}/{name}: {error}")
    return sweep
