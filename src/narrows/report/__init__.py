"""The report of a study: its tables, figures and page. Pandas and matplotlib are imported on use."""

from pathlib import Path

from filelock import FileLock

from narrows.gc_paused import gc_paused
from narrows.paths import writable
from narrows.report import widths
from narrows.stats import study_folder

NAME = "report"


def write(folder: Path, width: str = widths.DEFAULT) -> Path:
    """Write `<folder>/report/` and the TensorBoard run `<folder>/summary/`; returns the path of the page.

    `width` is that at which the figures are printed, one of `widths.WIDTHS`. An earlier report is replaced. Raises
    UserError if `folder` holds no study or cannot be written.
    """
    widths.width(width)
    study_folder.read(folder)
    with gc_paused():  # pandas, SciPy and matplotlib: 2 s
        from narrows.report.write_report import build
    writable(folder, "folder")
    with FileLock(folder / ".report.lock"):  # a sweep may end while `narrows report` runs
        build(folder, width)
    return folder / NAME / "report.html"


def summary_text(folder: Path) -> str:
    """The tables of metrics and the answer, for a terminal. Raises UserError if `folder` holds no study."""
    study_folder.read(folder)
    from narrows.report.terminal import summary_text

    return summary_text(folder)
