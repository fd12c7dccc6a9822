"""Writes the report of a study: tables as CSV, figures, page, and a TensorBoard run."""

import shlex
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

from matplotlib.figure import Figure

from narrows.errors import UserError
from narrows.report import NAME, SOURCES, SUMMARY, captions, page, summary_run, widths
from narrows.report.figures.against import against
from narrows.report.figures.heatmap import heatmap
from narrows.report.figures.learning_curves import curves
from narrows.report.figures.lines import error
from narrows.report.figures.reconstructions import reconstructions
from narrows.report.figures.style import save, styled
from narrows.report.markup import for_spreadsheets, markdown, markdown_table
from narrows.report.new_folder import replacing
from narrows.report.page import FIGURES, Page
from narrows.report.sections import Picture
from narrows.report.tables.cell_tables import cell_tables
from narrows.report.tables.text_tables import as_text
from narrows.report.terminal import summary_text
from narrows.report.widths import Width
from narrows.runs.study_checksum import study_checksum
from narrows.stats import grid as grids
from narrows.stats.comparisons import comparisons
from narrows.stats.grid import Grid

#: Each figure: its name, what draws it (None if the grid has none), and its caption.
CHARTS: list[tuple[str, Callable[[Grid], Figure | None], Callable[[Grid], str]]] = [
    ("error", error, captions.error),
    ("against", against, captions.against),
    ("heatmap", heatmap, captions.heatmap),
    ("curves", curves, captions.curves),
    ("reconstructions", reconstructions, captions.reconstructions),
]


def build(folders: Sequence[Path], out: Path | None, width: str) -> str:
    """Write the report, and the TensorBoard run `summary`; each replaces the old one when it is complete.

    They stand in the study's folder, or the report is `out` and the run within it. Returns the report as text.
    """
    sources = study_checksum(folders)  # before they are read: a record that changes meanwhile makes the report outdated
    grid = grids.read(*folders, name=out.name if out else "")
    compared = comparisons(grid)
    with replacing(out or folders[0] / NAME) as report:
        (report / FIGURES).mkdir()
        drawn = _draw(grid, report / FIGURES, widths.width(width))
        content = Page(grid, compared, *drawn, _command(folders, out, width))
        _write_tables(content, report)
        page.write(content, report)
        (report / SOURCES).write_text(sources, "ascii")
        with nullcontext(report / SUMMARY) if out else replacing(folders[0] / SUMMARY) as summary:
            summary.mkdir(exist_ok=True)
            _write_summary(content, report / FIGURES, summary)
    return summary_text(grid, compared)


def _command(folders: Sequence[Path], out: Path | None, width: str) -> str:
    """The command that writes this report again."""
    options = [] if width == widths.DEFAULT else [f"{widths.KEY}={width}"]
    return shlex.join(["narrows", "report", *map(str, folders), *options, *(["--out", str(out)] if out else [])])


def _write_tables(content: Page, folder: Path) -> None:
    tables = {"runs": content.grid.runs, "summary": content.grid.cells, "differences": content.comparisons}
    for name, table in tables.items():
        for_spreadsheets(table).to_csv(folder / f"{name}.csv", index=False)


def _write_summary(content: Page, figures: Path, folder: Path) -> None:
    table = cell_tables(content.grid)[0]
    sentences = [*content.answer.sentences, *content.answer.caveats]
    texts = {
        "report/answer": "\n".join(f"- {markdown(sentence)}" for sentence in sentences),
        "report/table": markdown_table(as_text(table), len(table.heads)),
    }
    summary_run.write(folder, texts, {f"report/{name}": figures / f"{name}.png" for name in content.pictures})


def _draw(grid: Grid, folder: Path, width: Width) -> tuple[dict[str, Picture], list[str]]:
    """The figures of this grid by name, and a sentence for each that had to be left out."""
    if not grid.cells["n"].any():
        return {}, ["There are no figures, since no run finished."]
    pictures, notes = {}, []
    for name, draw, caption in CHARTS:
        try:
            with styled(width):
                if chart := draw(grid):
                    save(chart, folder, name)
                    pictures[name] = Picture(name, caption(grid))
        except UserError as problem:
            notes.append(f"The figure “{name}” is left out: {problem}.")
    return pictures, notes
