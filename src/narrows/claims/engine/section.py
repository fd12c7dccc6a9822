"""One claim on the page: its evidence and outcome, from the runs of its studies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pandas import DataFrame

from narrows.claims.engine.claim import Claim
from narrows.claims.engine.evidence import Evidence
from narrows.claims.engine.formatting import as_text, checks
from narrows.claims.engine.outcome import Outcome, outcome, turn_text
from narrows.config.catalogue import CATALOGUE
from narrows.report.figures.style import save, styled
from narrows.report.numbers import NOTHING
from narrows.stats.grid import Grid, read


@dataclass(frozen=True)
class Section:
    """One claim on the page. `evidence` is None if runs are missing; `picture` is the name of its figure, if any."""

    claim: Claim
    grids: Mapping[str, Grid]
    outcome: Outcome
    evidence: Evidence | None
    picture: str

    @property
    def row(self) -> dict[str, str]:
        """The row of the claim in the table of all claims."""
        cells = dict.fromkeys(("primary contrast", "crossover", "strongest baseline", "controls"), NOTHING)
        if self.evidence:
            strongest, passed = self.evidence.strongest, [control.passed for control in self.evidence.controls]
            cells = {
                "primary contrast": f"{self.evidence.primary.subject}: {self.evidence.primary.size}",
                "crossover": "; ".join(f"{turn.axis}: {turn_text(turn)}" for turn in self.evidence.turns) or NOTHING,
                "strongest baseline": f"{strongest.name}: {strongest.compared.size}",
                "controls": f"{sum(passed)} of {len(passed)}",
            }
        return {"#": str(self.claim.number), "claim": self.claim.sentence, **cells, "outcome": self._word}

    @property
    def _word(self) -> str:
        """“better; stacking: reversed”: the outcome and, if the claim says two things, that of its other half."""
        word, evidence = self.outcome.word, self.evidence
        if evidence is None or word in ("not testable", "open"):
            return word
        small = ", by less than the margin" if evidence.primary.negligible and word != "equal" else ""
        other = f"; {evidence.other.name}: {evidence.other.compared.word}" if evidence.other else ""
        return f"{word}{small}{other}"

    @property
    def tables(self) -> dict[str, DataFrame]:
        """The tables as text, by their captions."""
        if self.evidence is None:
            return {}
        return {self.claim.captions[name]: as_text(rows) for name, rows in self.evidence.tables.items()}

    @property
    def checks(self) -> DataFrame | None:
        """Controls and gates as text; None without evidence."""
        return checks(self.evidence) if self.evidence else None

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
        return Section(claim, grids, Outcome("open", missing), None, "")
    evidence = claim.evidence(grids)
    with styled():
        save(claim.draw(evidence.tables), figures, claim.name)
    return Section(claim, grids, outcome(evidence), evidence, claim.name)


def _missing(claim: Claim, grids: Mapping[str, Grid]) -> str:
    """A sentence on missing studies and runs; empty if all are there."""
    if missing := [name for name in claim.studies if name not in grids]:
        return f"Not measured yet: {', '.join(missing)}."
    enough = ("done", "failed") if claim.counts_failures else ("done",)
    statuses = [(name, status) for name, grid in grids.items() for status in grid.runs["status"]]
    lost = [name for name, status in statuses if status not in enough]
    return f"{len(lost)} of {len(statuses)} runs did not finish ({', '.join(dict.fromkeys(lost))})." if lost else ""
