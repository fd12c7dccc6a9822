"""The page of claims: each with its test, figure, numbers and verdict, from what its studies left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pandas import DataFrame

from narrows.claims.engine import published
from narrows.claims.engine.claim import Claim, Numbers, Verdict
from narrows.claims.engine.formatting import shown
from narrows.claims.engine.measure import fewest
from narrows.config.catalogue import CATALOGUE
from narrows.report.figures.style import save, styled
from narrows.report.origins import made
from narrows.report.page import FIGURES, environment
from narrows.stats import grid as table
from narrows.stats.grid import Grid
from narrows.stats.inference import FEWEST

TITLE = "What is the code good for?"
INTRODUCTION = (
    "Claims made about autoencoders, each tested by studies of this repository. A verdict follows from the numbers by "
    "the rule that stands beside it, and the rule is code: src/narrows/claims/. size=quick means few images and few "
    "epochs: its verdicts are about such autoencoders; size=full is as for a paper. Seeds vary the initialisation and "
    "the order of batches, while training and test images are fixed: intervals do not speak of other images. Each 95 %"
    " interval (Student t) stands for itself, uncorrected; p is corrected by Holm's method over the rows of its table,"
    " so that an interval may leave out 0 where no difference is shown. “No difference shown” is not “no difference”. "
    "A number without ± is the same for all its seeds. Where a test says how many test images decide, it is these, and"
    " not the whole test split."
)


@dataclass(frozen=True)
class Section:
    """One claim on the page; `picture` is its figure's name, empty where there is none."""

    claim: Claim
    grids: Mapping[str, Grid]
    verdict: Verdict
    headline: str
    numbers: Numbers
    picture: str

    @property
    def tables(self) -> dict[str, DataFrame]:
        return {self.claim.captions[name]: shown(rows) for name, rows in self.numbers.items()}

    @property
    def scope(self) -> str:
        """What the runs were, read off their records."""
        done = [entry for grid in self.grids.values() for entry in grid.records.values() if entry.status == "done"]
        if not done:
            return ""
        seeds = sorted({entry.seed for entry in done if entry.seed is not None})
        images = _range([entry.data.train for entry in done])
        names = sorted({entry.data.name for entry in done})
        things = "images" if all(name in CATALOGUE for name in names) else "rows"
        return (
            f"Here: {len(done)} runs, {len(seeds)} seeds ({_range(seeds)}), {_range([e.epochs for e in done])} epochs "
            f"on {images} training {things} of {', '.join(names)}; the test split has "
            f"{_range([e.data.test for e in done])}."
        )


def _range(values: Sequence[int]) -> str:
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def section(claim: Claim, folder: Path, figures: Path) -> Section:
    """The section of a claim whose studies lie in `folder` by their names; its figure goes into `figures`."""
    grids = {name: table.read(folder / name) for name in claim.studies if (folder / name / "study.json").is_file()}
    if lost := _lost(claim, grids):
        return Section(claim, grids, Verdict("open", lost), "–", {}, "")
    numbers = claim.measure(grids)
    with styled():
        save(claim.draw(numbers), figures, claim.name)
    if fewest(numbers) < FEWEST:
        few = Verdict("open", f"Some of the numbers come from fewer than {FEWEST} seeds.")
        return Section(claim, grids, few, "–", numbers, claim.name)
    return Section(claim, grids, claim.judge(numbers), claim.headline(numbers), numbers, claim.name)


def _lost(claim: Claim, grids: Mapping[str, Grid]) -> str:
    """What is not there and would have to be, as a sentence. A failure is a result where the claim counts failures."""
    if missing := [name for name in claim.studies if name not in grids]:
        return f"Not measured yet: {', '.join(missing)}."
    enough = ("done", "failed") if claim.counts_failures else ("done",)
    runs = [(name, status) for name, grid in grids.items() for status in grid.runs["status"]]
    lost = [name for name, status in runs if status not in enough]
    return f"{len(lost)} of {len(runs)} runs did not finish ({', '.join(dict.fromkeys(lost))})." if lost else ""


def overview(sections: Sequence[Section]) -> DataFrame:
    """A row for each claim: verdict and number."""
    return DataFrame(
        {
            "#": [str(one.claim.number) for one in sections],
            "claim": [one.claim.sentence for one in sections],
            "verdict": [one.verdict.word for one in sections],
            "number": [one.headline for one in sections],
        }
    )


def write(claims: Sequence[Claim], folder: Path, out: Path, command: str) -> list[Section]:
    """Write `claims.html` (one file), `claims.md` (beside its figures) and `numbers/` into `out`.

    The studies lie in `folder` by their names. Raises UserError for a study that cannot be read.
    """
    (out / FIGURES).mkdir(parents=True, exist_ok=True)
    sections = [section(claim, folder, out / FIGURES) for claim in claims]
    grids = {name: grid for one in sections for name, grid in one.grids.items()}  # shared studies once
    content = {
        "title": TITLE,
        "introduction": INTRODUCTION,
        "overview": overview(sections),
        "sections": sections,
        "published": published.beside({one.claim.name: one.numbers for one in sections}, grids),
        "published_notes": published.NOTES,
        "provenance": {"command": command} | made(grids.values()),
    }
    for file in ("claims.html", "claims.md"):
        template = environment(out, "narrows.claims.engine").get_template(f"{file}.jinja")
        (out / file).write_text(template.render(content), encoding="utf-8")
    _tables(sections, out / "numbers")
    return sections


def _tables(sections: Sequence[Section], folder: Path) -> None:
    """Every table as CSV, unrounded."""
    folder.mkdir(exist_ok=True)
    overview(sections).to_csv(folder / "verdicts.csv", index=False)
    for one in sections:
        for name, rows in one.numbers.items():
            rows.to_csv(folder / f"{one.claim.name}-{name}.csv", index=False)
