"""The report of a study: tables, figures, the page. Pandas and matplotlib are imported on use."""

from pathlib import Path

from filelock import FileLock

from narrows.gc_paused import gc_paused
from narrows.paths import writable
from narrows.stats import study_folder as plan

NAME = "report"


def write(folder: Path) -> Path:
    """Write `<folder>/report/` and the TensorBoard run `<folder>/summary/` anew; returns the page's path.

    Raises UserError where `folder` holds no study or cannot be written.
    """
    plan.read(folder)
    with gc_paused():  # pandas, SciPy and matplotlib: 2 s
        from narrows.report.write_report import build
    writable(folder, "folder")
    with FileLock(folder / ".report.lock"):  # a sweep may end while somebody writes its report by hand
        build(folder)
    return folder / NAME / "report.html"


def summary_text(folder: Path) -> str:
    """The answer and the table of errors, for a terminal. Raises UserError where `folder` holds no study."""
    plan.read(folder)
    from narrows.report.write_report import summary_text

    return summary_text(folder)
