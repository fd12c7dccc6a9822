"""Writes the report of a study: tables as CSV, figures, page, and a TensorBoard run."""

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from narrows.errors import UserError
from narrows.report import NAME, captions, page, summary_run, widths
from narrows.report.figures.against import against
from narrows.report.figures.heatmap import heatmap
from narrows.report.figures.learning_curves import curves
from narrows.report.figures.lines import error
from narrows.report.figures.reconstructions import reconstructions
from narrows.report.figures.style import save, styled
from narrows.report.new_folder import replacing
from narrows.report.page import FIGURES, Page
from narrows.report.sections import Picture
from narrows.report.tables.cell_tables import cell_tables
from narrows.report.tables.text_tables import as_text
from narrows.report.widths import Width
from narrows.stats import grid as grids
from narrows.stats.comparisons import comparisons
from narrows.stats.grid import Grid

SUMMARY = "summary"  # the TensorBoard run
#: Each figure: its name, what draws it (None if the grid has none), and its caption.
CHARTS: list[tuple[str, Callable[[Grid], Figure | None], Callable[[Grid], str]]] = [
    ("error", error, captions.error),
    ("against", against, captions.against),
    ("heatmap", heatmap, captions.heatmap),
    ("curves", curves, captions.curves),
    ("reconstructions", reconstructions, captions.reconstructions),
]


def build(folder: Path, width: str) -> None:
    """Write `<folder>/report` and `<folder>/summary`; each replaces the old one when it is complete."""
    grid = grids.read(folder)
    with replacing(folder / NAME) as report:
        (report / FIGURES).mkdir()
        content = Page(grid, comparisons(grid), *_draw(grid, report / FIGURES, widths.width(width)))
        _write_tables(content, report)
        page.write(content, report)
        with replacing(folder / SUMMARY) as summary:
            _write_summary(content, report / FIGURES, summary)


def _write_tables(content: Page, folder: Path) -> None:
    content.grid.runs.to_csv(folder / "runs.csv", index=False)
    content.grid.cells.to_csv(folder / "summary.csv", index=False)
    content.comparisons.to_csv(folder / "differences.csv", index=False)


def _write_summary(content: Page, figures: Path, folder: Path) -> None:
    table = as_text(cell_tables(content.grid)[0]).to_markdown(index=False, disable_numparse=True)
    texts = {"report/answer": "\n".join(f"- {sentence}" for sentence in content.answer), "report/table": table}
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
