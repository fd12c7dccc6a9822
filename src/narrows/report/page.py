"""The report's page: its content; the layout stands in the templates."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from pandas import DataFrame

from narrows.report.answer import answer
from narrows.report.figures.style import pixels
from narrows.report.origins import provenance, warnings
from narrows.report.sections import Picture, sections
from narrows.report.tables.latex import latex
from narrows.stats.grid import Grid

FIGURES = "figures"
LONG = 40  # characters of a text that is wrapped
ON_SCREEN = 0.6  # CSS pixels for each pixel of a figure: its 9 point text is then as large as the page's


@dataclass(frozen=True)
class Page:
    """What a page is made of: the numbers, the figures by name, and a note for each figure that is left out."""

    grid: Grid
    comparisons: DataFrame
    pictures: dict[str, Picture]
    notes: list[str]

    @property
    def answer(self) -> list[str]:
        return answer(self.grid, self.comparisons)

    def content(self) -> dict[str, Any]:
        """The variables of the templates."""
        return {
            "title": self.grid.study.name,
            "question": self.grid.study.question,
            "answer": self.answer,
            "notes": [*warnings(self.grid), *self.notes],
            "sections": sections(self.grid, self.comparisons, self.pictures),
            "provenance": provenance(self.grid),
        }


def write(page: Page, folder: Path) -> None:
    """`report.html` (one file), `report.md` (beside its figures) and `table.tex`."""
    content = page.content()
    for template, file in (("page.html.jinja", "report.html"), ("page.md.jinja", "report.md")):
        (folder / file).write_text(environment(folder).get_template(template).render(content), encoding="utf-8")
    (folder / "table.tex").write_text(latex(page.grid), encoding="utf-8")


def environment(folder: Path, package: str = "narrows.report") -> Environment:
    """The templates of `package` and of the report, for a page in `folder`, with filters for tables and figures."""
    loader = ChoiceLoader([PackageLoader(package, "."), PackageLoader("narrows.report", ".")])
    environment = Environment(
        loader=loader, autoescape=lambda template: bool(template and ".html" in template), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "html": _html,
        "markdown": lambda table: table.to_markdown(index=False, disable_numparse=True),
        "width": lambda name: round(pixels(folder / FIGURES / f"{name}.png")[0] * ON_SCREEN),
        "inline": lambda name: base64.b64encode((folder / FIGURES / f"{name}.png").read_bytes()).decode(),
    }
    return environment


def _html(table: DataFrame) -> str:
    """The table in HTML; long texts in its last column are wrapped, numbers are not."""
    wraps = table.iloc[:, -1].astype(str).str.len().max() > LONG
    html: str = table.to_html(index=False, border=0, escape=True, classes="wraps" if wraps else None)
    return html
