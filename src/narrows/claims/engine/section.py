"""One claim on the page: its numbers and verdict, from the runs of its studies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pandas import DataFrame

from narrows.claims.engine.claim import Claim, Numbers, Verdict
from narrows.claims.engine.formatting import as_text
from narrows.claims.engine.measure import fewest
from narrows.config.catalogue import CATALOGUE
from narrows.report.figures.style import save, styled
from narrows.report.numbers import NOTHING
from narrows.stats.grid import Grid, read
from narrows.stats.inference import FEWEST


@dataclass(frozen=True)
class Section:
    """One claim on the page; `picture` is the name of its figure, empty if there is none."""

    claim: Claim
    grids: Mapping[str, Grid]
    verdict: Verdict
    headline: str
    numbers: Numbers
    picture: str

    @property
    def tables(self) -> dict[str, DataFrame]:
        """The tables as text, by their captions."""
        return {self.claim.captions[name]: as_text(rows) for name, rows in self.numbers.items()}

    @property
    def scope(self) -> str:
        """A sentence on the runs behind the numbers, from their records."""
        finished = [record for grid in self.grids.values() for record in grid.finished]
        if not finished:
            return ""
        seeds = sorted({record.seed for record in finished if record.seed is not None})
        names = sorted({record.data.name for record in finished})
        things = "images" if all(name in CATALOGUE for name in names) else "rows"
        return (
            f"Here: {len(finished)} runs, {len(seeds)} seeds ({_range(seeds)}), "
            f"{_range([record.epochs for record in finished])} epochs on "
            f"{_range([record.data.train for record in finished])} training {things} of {', '.join(names)}; the test "
            f"split has {_range([record.data.test for record in finished])}."
        )


def _range(values: Sequence[int]) -> str:
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def section(claim: Claim, folder: Path, figures: Path) -> Section:
    """The section of a claim whose studies are the subfolders of `folder`; its figure is written into `figures`."""
    grids = {name: read(folder / name) for name in claim.studies if (folder / name / "study.json").is_file()}
    if missing := _missing(claim, grids):
        return Section(claim, grids, Verdict("open", missing), NOTHING, {}, "")
    numbers = claim.measure(grids)
    with styled():
        save(claim.draw(numbers), figures, claim.name)
    if fewest(numbers) < FEWEST:
        few = Verdict("open", f"Some of the numbers come from fewer than {FEWEST} seeds.")
        return Section(claim, grids, few, NOTHING, numbers, claim.name)
    return Section(claim, grids, claim.judge(numbers), claim.headline(numbers), numbers, claim.name)


def _missing(claim: Claim, grids: Mapping[str, Grid]) -> str:
    """A sentence on missing studies and runs; empty if all are there."""
    if missing := [name for name in claim.studies if name not in grids]:
        return f"Not measured yet: {', '.join(missing)}."
    enough = ("done", "failed") if claim.counts_failures else ("done",)
    statuses = [(name, status) for name, grid in grids.items() for status in grid.runs["status"]]
    lost = [name for name, status in statuses if status not in enough]
    return f"{len(lost)} of {len(statuses)} runs did not finish ({', '.join(dict.fromkeys(lost))})." if lost else ""
