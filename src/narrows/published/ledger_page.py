"""The page of the ledger: a table of all numbers, then a section for each paper."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pandas import DataFrame

from narrows.config.published_section import Published
from narrows.published import figure
from narrows.published.archive import Runs
from narrows.published.paper import Paper
from narrows.published.papers import FULL, papers
from narrows.published.verdict import RULE
from narrows.report.figures.learning_curves import curves
from narrows.report.figures.style import save, styled
from narrows.report.new_folder import replacing
from narrows.report.page import FIGURES, environment
from narrows.report.sentences.phrases import several
from narrows.stats.grid import Grid, read

TITLE = "Published numbers, repeated"
GRADES = (
    "Grade A: the number was read in the paper, its code or its logs; B: quoted by a third party; C: computed from the "
    "same files for this repository."
)
CUT = (
    "These runs follow a shorter protocol than the papers' (size={size}): only the order of a paper's numbers is "
    "compared, never their values."
)

#: Of the two figures of a paper.
CAPTIONS = (
    "Our mean relative to the published number, with its 95 % interval over seeds; colours: readings of what the paper "
    "leaves open. Grey band: the published spread or tolerance; grey ticks: repetitions by others.",
    "Loss during training, mean over seeds with its 95 % interval.",
)

Cost = Callable[[str], str]


def write(runs: Mapping[str, Runs], out: Path, size: str, cost: Cost, command: str) -> list[Paper]:
    """Write `published.html` (one file), `published.md` (beside its figures) and `numbers.csv` into `out`.

    `runs` are those of each paper, by its file's name. `cost` says how long those of one that has none would take.
    """
    with replacing(out / FIGURES) as figures:
        pages = [_paper(name, section, runs[name], figures, size, cost) for name, section in papers().items()]
    pages.sort(key=lambda page: page.grid is None)  # those that were run first
    for file in ("published.html", "published.md"):
        template = environment(out, "narrows.published").get_template(f"{file}.jinja")
        (out / file).write_text(template.render(_content(pages, size, command)), encoding="utf-8")
    ledger(pages).to_csv(out / "numbers.csv", index=False)
    return pages


def ledger(pages: Sequence[Paper]) -> DataFrame:
    """A row for each published number."""
    return DataFrame([row for page in pages for row in page.rows])


def summary(pages: Sequence[Paper]) -> str:
    """“Of 53 numbers, 9 are reproduced, 1 is worse and 43 are not run here.”"""
    verdicts = Counter(row["verdict"].partition(":")[0] for page in pages for row in page.rows)
    parts = [f"{count} {'is' if count == 1 else 'are'} {verdict}" for verdict, count in verdicts.most_common()]
    total = f"Of {sum(verdicts.values())} numbers from {len(pages)} files"
    return f"{total}, {several(parts)}."


def _paper(name: str, section: Published, runs: Runs, figures: Path, size: str, cost: Cost) -> Paper:
    grid = read(runs.folder) if runs.folder else None
    if grid is None or not grid.finished:
        return Paper(name, section, size, None, cost(name), notes=runs.notes)
    paper = Paper(name, section, size, grid, notes=runs.notes)
    with styled():
        save(figure.draw(section.numbers, paper.measured), figures, name)
        if drawn := curves(grid) if _has_epochs(grid) else None:
            save(drawn, figures, f"{name}-curves")
    return dataclasses.replace(paper, pictures=(name, *([f"{name}-curves"] if drawn else [])))


def _has_epochs(grid: Grid) -> bool:
    """Whether a run trained for several epochs, so that there are curves to draw."""
    return any(record.epochs > 1 for record in grid.finished)


def _content(pages: Sequence[Paper], size: str, command: str) -> dict[str, Any]:
    """The variables of the templates."""
    return {
        "title": TITLE,
        "rule": RULE if size == FULL else CUT.format(size=size),
        "grades": GRADES,
        "summary": summary(pages),
        "ledger": ledger(pages),
        "papers": pages,
        "captions": CAPTIONS,
        "command": command,
    }
