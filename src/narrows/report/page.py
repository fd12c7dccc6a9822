"""The report as one page: what is said and shown is decided here, how it looks in the templates."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from pandas import DataFrame

from narrows.report import numbers
from narrows.report.answer import answer, name
from narrows.report.figures.style import pixels
from narrows.report.origins import provenance, warnings
from narrows.stats.comparisons import compared, comparisons
from narrows.stats.grid import Grid
from narrows.stats.inference import ALPHA, CONFIDENCE, FEWEST

MOST_ROWS = 60  # of a table on the page; all rows stand in the CSV files
FIGURES = "figures"
ON_SCREEN = 0.6  # CSS pixels for a pixel of a figure: its 9 point text is read beside the page's


@dataclass(frozen=True)
class Picture:
    """A figure on the page: `name` is its file's, `caption` says what is seen."""

    name: str
    caption: str


@dataclass(frozen=True)
class Page:
    """Everything the templates may say."""

    grid: Grid
    comparisons: DataFrame
    pictures: list[Picture]
    notes: list[str]

    @property
    def answer(self) -> str:
        return answer(self.grid, self.comparisons)

    def content(self) -> dict[str, Any]:
        study, errors = self.grid.study, numbers.errors(self.grid)
        differences, missing = numbers.differences(self.comparisons), lost(self.grid)
        return {
            "title": study.name,
            "question": study.question,
            "answer": self.answer,
            "errors": errors.head(MOST_ROWS),
            "errors_caption": caption(self.grid, len(errors)),
            "differences": differences.head(MOST_ROWS),
            "differences_caption": _differences_caption(self.grid, len(differences)),
            "lost": missing.head(MOST_ROWS),
            "lost_caption": f"Runs that did not finish, cell by cell.{_cut(len(missing), 'runs.csv')}",
            "pictures": self.pictures,
            "notes": [*warnings(self.grid), *self.notes],
            "provenance": provenance(self.grid),
        }


def caption(grid: Grid, rows: int = 0) -> str:
    return (
        f"Test MSE {numbers.UNIT_TEXT} ({grid.unit}): mean ± half of the {CONFIDENCE:.0%} confidence interval "
        f"(Student t) over seeds, n in brackets; no interval for n = 1. {numbers.PARTIAL} marks a cell with runs "
        f"missing. PCA has as many numbers in its code and saw the same training images.{numbers.arrangement(grid)}"
        f"{_cut(rows, 'summary.csv')}"
    )


def _differences_caption(grid: Grid, rows: int) -> str:
    names = " and ".join(factor.at(factor.baseline) for factor in compared(grid))
    return (
        f"Each level against {names}, everything else equal, paired over the n seeds both have: mean difference ± "
        f"half of its {CONFIDENCE:.0%} interval (in brackets relative to the baseline), Hedges' g of paired "
        f"differences, p of the paired t test after Holm's correction over all comparisons tested. A difference needs "
        f"p < {ALPHA} and n ≥ {FEWEST}.{_cut(rows, 'differences.csv')}"
    )


def _cut(rows: int, file: str) -> str:
    return f" The first {MOST_ROWS} of {rows} rows; all are in {file}." if rows > MOST_ROWS else ""


def lost(grid: Grid) -> DataFrame:
    """A row for each run that was planned and does not count."""
    runs = grid.runs[grid.runs["status"] != "done"]
    counts = [grid.cells.loc[cell] for cell in runs["cell"]]
    return DataFrame(
        {
            "cell": [name(grid, cell) or "all runs" for cell in counts],
            "done / planned": [f"{cell['done']} / {cell['planned']}" for cell in counts],
            "run": runs["run"],
            "status": runs["status"],
            "what is known": runs["error"].str.slice(0, 200),
        }
    )


def make(grid: Grid, pictures: list[Picture], notes: list[str]) -> Page:
    return Page(grid, comparisons(grid), pictures, notes)


def write(page: Page, folder: Path) -> None:
    """`report.html` (one file), `report.md` (beside its figures) and `table.tex`."""
    content = page.content()
    for template, file in (("page.html.jinja", "report.html"), ("page.md.jinja", "report.md")):
        (folder / file).write_text(environment(folder).get_template(template).render(content), encoding="utf-8")
    (folder / "table.tex").write_text(latex(page.grid), encoding="utf-8")


def environment(folder: Path, package: str = "narrows.report") -> Environment:
    """Templates of `package`, and those of the report, for a page in `folder`; tables and pictures by filters."""
    loader = ChoiceLoader([PackageLoader(package, "."), PackageLoader("narrows.report", ".")])
    environment = Environment(
        loader=loader, autoescape=lambda template: bool(template and ".html" in template), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "html": lambda table: table.to_html(index=False, border=0, escape=True),
        "markdown": lambda table: table.to_markdown(index=False, disable_numparse=True),
        "width": lambda name: round(pixels(folder / FIGURES / f"{name}.png")[0] * ON_SCREEN),
        "inline": lambda name: base64.b64encode((folder / FIGURES / f"{name}.png").read_bytes()).decode(),
    }
    return environment


def latex(grid: Grid) -> str:
    """The table of errors for a paper that uses booktabs."""
    errors = numbers.errors(grid)
    source = errors.style.hide(axis="index").format(escape="latex").format_index(escape="latex", axis=1)
    table: str = source.to_latex(
        hrules=True, caption=_tex(caption(grid)), label=f"tab:{grid.study.name}", position_float="centering",
        column_format="l" + "r" * (len(errors.columns) - 1),
    )  # fmt: skip
    return "% needs \\usepackage{booktabs}\n" + _signs(table)


def _tex(plain: str) -> str:
    return plain.replace("%", r"\%").replace("&", r"\&").replace("_", r"\_")


def _signs(table: str) -> str:
    signs = {"± ": r"$\pm$ ", "†": r"$^\dagger$", "× 10⁻³": r"$\times 10^{-3}$", "–": "--"}
    for sign, command in signs.items():
        table = table.replace(sign, command)
    return table
