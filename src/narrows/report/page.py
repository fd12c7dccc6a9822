"""The report's page: its content; the layout stands in the templates."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pandas import DataFrame

from narrows.report.answer import Answer, answer
from narrows.report.figures.style import pixels
from narrows.report.markup import code, html_table, markdown, markdown_table
from narrows.report.methods.paragraph import methods
from narrows.report.methods.settings import settings_table
from narrows.report.methods.settings_latex import methods_latex
from narrows.report.origins import provenance, warnings
from narrows.report.sections import Picture, Section, sections
from narrows.report.tables.cell_tables import cell_tables
from narrows.report.tables.latex import latex
from narrows.report.tables.text_tables import as_text
from narrows.report.terminal import summary_text
from narrows.stats.grid import Grid

FIGURES = "figures"
ON_SCREEN = 0.6  # CSS pixels for each pixel of a figure: its 9 point text is then as large as the page's


@dataclass(frozen=True)
class Page:
    """What a page is made of: the numbers, the figures by name, and a note for each figure that is left out.

    `command` writes the report again; `file` is where the page stands when it is complete.
    """

    grid: Grid
    comparisons: DataFrame
    pictures: dict[str, Picture]
    notes: list[str]
    command: str
    file: Path

    @cached_property
    def answer(self) -> Answer:
        return answer(self.grid, self.comparisons)

    @property
    def sections(self) -> list[Section]:
        """The sections that have a figure or a table."""
        return sections(self.grid, self.comparisons, self.pictures)

    @property
    def methods(self) -> str:
        """A paragraph for a paper."""
        return methods(self.grid, self.comparisons)

    @property
    def latex(self) -> str:
        """The source of `table.tex`."""
        return latex(self.grid)

    @property
    def table(self) -> tuple[DataFrame, int | None]:
        """The main table, and how many of its columns hold levels."""
        table = cell_tables(self.grid)[0]
        return as_text(table), len(table.heads)

    @property
    def numbers(self) -> dict[str, DataFrame]:
        """The tables that are written as CSV, by name."""
        return {"runs": self.grid.runs, "summary": self.grid.cells, "differences": self.comparisons}

    @property
    def text(self) -> str:
        """The report as text, for a terminal."""
        return summary_text(self.grid, self.comparisons, self.file)

    def content(self) -> dict[str, Any]:
        """The variables of the templates."""
        return {
            "title": self.grid.study.name,
            "question": self.grid.study.question,
            "answer": self.answer,
            "notes": [*warnings(self.grid), *self.notes],
            "sections": self.sections,
            "methods": self.methods,
            "settings": settings_table(self.grid),
            "provenance": provenance(self.grid, self.command),
        }


def write(page: Page, folder: Path) -> None:
    """`report.html` (one file), `report.md` (beside its figures) `table.tex` and `methods.tex`."""
    content = page.content()
    for template, file in (("page.html.jinja", "report.html"), ("page.md.jinja", "report.md")):
        (folder / file).write_text(environment(folder).get_template(template).render(content), encoding="utf-8")
    (folder / "table.tex").write_text(page.latex, encoding="utf-8")
    (folder / "methods.tex").write_text(_methods(page, content), encoding="utf-8")


def _methods(page: Page, content: Mapping[str, Any]) -> str:
    label = f"{page.grid.study.label or f'tab:{page.grid.study.name}'}-settings"
    return methods_latex(content["methods"], content["settings"], label)


def environment(folder: Path, package: str = "narrows.report") -> Environment:
    """The templates of `package` and of the report, for a page in `folder`, with filters for tables and figures."""
    loader = ChoiceLoader([PackageLoader(package, "."), PackageLoader("narrows.report", ".")])
    environment = Environment(
        loader=loader, autoescape=lambda template: bool(template and ".html" in template), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "html": lambda table, levels=None: Markup(html_table(table, levels)),
        "markdown": markdown_table,
        "plain": markdown,
        "code": code,
        "width": lambda name: round(pixels(folder / FIGURES / f"{name}.png")[0] * ON_SCREEN),
        "inline": lambda name: base64.b64encode((folder / FIGURES / f"{name}.png").read_bytes()).decode(),
    }
    return environment
