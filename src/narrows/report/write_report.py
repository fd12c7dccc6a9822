"""From a study's folder to its report: the one file of this room that sees all others."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from matplotlib.figure import Figure

from narrows.errors import UserError
from narrows.report import NAME, captions, numbers, page
from narrows.report import summary_run as board
from narrows.report.answer import answer
from narrows.report.figures import heatmap
from narrows.report.figures import images as pictures
from narrows.report.figures import learning_curves as curves
from narrows.report.figures import lines as figures
from narrows.report.figures.style import save, styled
from narrows.report.page import FIGURES, Page, Picture
from narrows.stats import grid as table
from narrows.stats.comparisons import comparisons
from narrows.stats.grid import Grid

BOARD = "summary"
CHARTS: list[tuple[str, Callable[[Grid], Figure | None], Callable[[Grid], str]]] = [
    ("error", figures.error, captions.error),
    ("heatmap", heatmap.heatmap, captions.heatmap),
    ("curves", curves.curves, captions.curves),
    ("reconstructions", pictures.pictures, captions.pictures),
]
MOST_LINES = 40  # of a table in a terminal


def build(folder: Path) -> None:
    grid = table.read(folder)
    with _replacing(folder / NAME) as report:
        (report / FIGURES).mkdir()
        made = page.make(grid, *_draw(grid, report / FIGURES))
        _tables(made, report)
        page.write(made, report)
        with _replacing(folder / BOARD) as summary:
            errors = numbers.errors(grid).to_markdown(index=False, disable_numparse=True)
            texts = {"report/answer": made.answer, "report/table": errors}
            paths = {f"report/{one.name}": report / FIGURES / f"{one.name}.png" for one in made.pictures}
            board.write(summary, texts, paths)


def summary_text(folder: Path) -> str:
    grid = table.read(folder)
    errors = numbers.errors(grid)
    rest = len(errors) - MOST_LINES
    lines = [f"test MSE {numbers.UNIT_TEXT}, mean ± half of the 95% interval (n seeds)", ""]
    lines += [errors.head(MOST_LINES).to_markdown(index=False, tablefmt="simple", disable_numparse=True)]
    lines += [f"… {rest} more rows in {NAME}/summary.csv"] if rest > 0 else []
    return "\n".join([*lines, "", answer(grid, comparisons(grid))])


def _tables(made: Page, folder: Path) -> None:
    made.grid.runs.to_csv(folder / "runs.csv", index=False)
    made.grid.cells.to_csv(folder / "summary.csv", index=False)
    made.comparisons.to_csv(folder / "differences.csv", index=False)


def _draw(grid: Grid, folder: Path) -> tuple[list[Picture], list[str]]:
    """The figures this grid allows, and a sentence for what had to be left out."""
    if not grid.cells["n"].any():
        return [], ["There are no figures, since no run finished."]
    drawn, notes = [], []
    for name, draw, caption in CHARTS:
        try:
            with styled():
                if chart := draw(grid):
                    save(chart, folder, name)
                    drawn.append(Picture(name, caption(grid)))
        except UserError as problem:
            notes.append(f"Figure {name} is left out: {problem}.")
    return drawn, notes


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """A new folder that takes the place of `folder` when all of it is written; a crash leaves the old one."""
    for left in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield fresh
        fresh.chmod(0o777 & ~_umask())
        if folder.exists():
            folder.replace(fresh.with_name(f"{fresh.name}-old"))
        fresh.replace(folder)
    finally:
        for left in folder.parent.glob(f".{folder.name}-*"):
            shutil.rmtree(left, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
