"""Writes the report of a study: tables as CSV, figures, page, and a TensorBoard run."""

import shlex
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TypeVar

from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.errors import UserError
from narrows.report import NAME, PAGE, SOURCES, SUMMARY, captions, page, summary_run, widths
from narrows.report.figures.against import against
from narrows.report.figures.heatmap import heatmap
from narrows.report.figures.learning_curves import curves
from narrows.report.figures.lines import error
from narrows.report.figures.reconstructions import reconstructions
from narrows.report.figures.style import save, styled
from narrows.report.markup import for_spreadsheets, markdown, markdown_table
from narrows.report.new_folder import replacing
from narrows.report.page import FIGURES, Page
from narrows.report.search import search_captions, search_figures
from narrows.report.search.search_page import SearchPage
from narrows.report.sections import Picture
from narrows.report.widths import Width
from narrows.runs.study_checksum import study_checksum
from narrows.stats import grid as grids
from narrows.stats.comparisons import comparisons
from narrows.stats.grid import Grid
from narrows.stats.trials import Trials, trials_of

#: Each figure: its name, what draws it (None if the grid has none), and its caption.
Shown = TypeVar("Shown", Grid, Trials)
Charts = list[tuple[str, Callable[[Shown], Figure | None], Callable[[Shown], str]]]
CHARTS: Charts[Grid] = [
    ("error", error, captions.error),
    ("against", against, captions.against),
    ("heatmap", heatmap, captions.heatmap),
    ("curves", curves, captions.curves),
    ("reconstructions", reconstructions, captions.reconstructions),
]
SEARCH_CHARTS: Charts[Trials] = [
    ("history", search_figures.history, search_captions.history),
    ("slices", search_figures.slices, search_captions.slices),
    ("importance", search_figures.importance, search_captions.importance),
    ("best_images", search_figures.best_images, search_captions.best_images),
]


def build(folders: Sequence[Path], out: Path | None, width: str) -> str:
    """Write the report, and the TensorBoard run `summary`; each replaces the old one when it is complete.

    They stand in the study's folder, or the report is `out` and the run within it. Returns the report as text.
    """
    sources = study_checksum(folders)  # before they are read: a record that changes meanwhile makes the report outdated
    grid = grids.read(*folders, name=out.name if out else "")
    place = out or folders[0] / NAME
    with replacing(place) as report:
        (report / FIGURES).mkdir()
        command = _command(folders, out, width)
        content = _page(grid, report / FIGURES, widths.width(width), command, place / PAGE)
        _write_tables(content, report)
        page.write(content, report)
        (report / SOURCES).write_text(f"{sources}\n{width}\n", "ascii")
        with nullcontext(report / SUMMARY) if out else replacing(folders[0] / SUMMARY) as summary:
            summary.mkdir(exist_ok=True)
            _write_summary(content, report / FIGURES, summary)
    return content.text


def _page(grid: Grid, figures: Path, width: Width, command: str, file: Path) -> Page:
    """The page of a grid or a search, whose figures are drawn."""
    if grid.study.search:
        drawn = _draw(grid, trials_of(grid), SEARCH_CHARTS, figures, width)
        return SearchPage(grid, DataFrame(), *drawn, command, file)
    return Page(grid, comparisons(grid), *_draw(grid, grid, CHARTS, figures, width), command, file)


def _command(folders: Sequence[Path], out: Path | None, width: str) -> str:
    """The command that writes this report again."""
    options = [] if width == widths.DEFAULT else [f"{widths.KEY}={width}"]
    return shlex.join(["narrows", "report", *map(str, folders), *options, *(["--out", str(out)] if out else [])])


def _write_tables(content: Page, folder: Path) -> None:
    for name, table in content.numbers.items():
        for_spreadsheets(table).to_csv(folder / f"{name}.csv", index=False)


def _write_summary(content: Page, figures: Path, folder: Path) -> None:
    sentences = [*content.answer.sentences, *content.answer.caveats]
    texts = {
        "report/answer": "\n".join(f"- {markdown(sentence)}" for sentence in sentences),
        "report/table": markdown_table(*content.table),
    }
    summary_run.write(folder, texts, {f"report/{name}": figures / f"{name}.png" for name in content.pictures})


def _draw(
    grid: Grid, shown: Shown, charts: Charts[Shown], folder: Path, width: Width
) -> tuple[dict[str, Picture], list[str]]:
    """The figures by name, drawn from `shown`, and a sentence for each that had to be left out."""
    if not grid.cells["n"].any():
        return {}, ["There are no figures, since no run finished."]
    pictures, notes = {}, []
    for name, draw, caption in charts:
        try:
            with styled(width):
                if chart := draw(shown):
                    save(chart, folder, name)
                    pictures[name] = Picture(name, caption(shown))
        except UserError as problem:
            notes.append(f"The figure “{name}” is left out: {problem}.")
    return pictures, notes
