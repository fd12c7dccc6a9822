"""The report of a study: its tables, figures and page. Pandas and matplotlib are imported on use."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from filelock import FileLock

from narrows.errors import UserError
from narrows.gc_paused import gc_paused
from narrows.paths import writable
from narrows.report import new_folder, widths
from narrows.runs.study_checksum import study_checksum
from narrows.stats import joining

NAME = "report"
PAGE = "report.html"
#: Two lines: the checksum of the study and the records that the report was written from, and the width of its figures.
SOURCES = ".sources"
SUMMARY = "summary"  # the TensorBoard run
#: All that a report consists of: a folder with anything else in it is not replaced by a report.
CONTENT = {
    PAGE, "report.md", "table.tex", "methods.tex", "runs.csv", "summary.csv", "differences.csv", "figures", SUMMARY,
    SOURCES,
}  # fmt: skip


class Written(NamedTuple):
    """The page of a report, and its answer and tables as text for a terminal."""

    page: Path
    text: str

    def __str__(self) -> str:
        return f"{self.text}\n\n{self.page}"


def preload(training: bool) -> None:
    """Begin to import, in a thread, what `write` needs, so that it is there when the runs are trained: 1.5 s.

    `training`: whether this process trains the runs meanwhile. The objects that it creates are then not excluded from
    garbage collection, and it has to call `wait_for_preload` before it imports packages that the report imports, too,
    since it may find them half imported.
    """
    thread = Thread(target=_import, args=(training,), daemon=True)
    thread.start()
    _preloading.append(thread)


def wait_for_preload() -> None:
    """Wait until the imports that `preload` began are complete; return at once if it was not called."""
    for thread in _preloading:
        thread.join()


_preloading: list[Thread] = []


def _import(training: bool) -> None:
    with gc_paused(exclude=not training):
        import torch  # noqa: F401 - reads the checkpoints whose reconstructions are shown

        import narrows.report.write_report  # noqa: F401


def write(*folders: Path, width: str | None = None, out: Path | None = None) -> Written:
    """Write the report of the study in a folder, or of the studies in several folders together.

    The report is `<folder>/report/`, with the TensorBoard run `<folder>/summary/`, or `out` if that is given, with the
    TensorBoard run in it; an earlier report is replaced. `width` is that at which the figures are printed, one of
    `widths.WIDTHS`; None for that of the earlier report. Raises UserError if a folder holds no study, for studies
    that cannot be joined, several without `out`, and a folder that cannot be written or holds something else than a
    report.
    """
    widths.width(width)
    if len(folders) > 1 and out is None:
        raise UserError("a report of several folders needs a folder of its own: --out FOLDER")
    joining.read(folders)
    if out is not None:
        _check(out)
    wait_for_preload()
    with gc_paused():  # pandas, SciPy and matplotlib: 2 s
        from narrows.report.write_report import build
    with _locked(folders[0], out):
        text = build(folders, out, width or _width(out or folders[0] / NAME))
    return Written((out or folders[0] / NAME) / PAGE, text)


@contextmanager
def _locked(folder: Path, out: Path | None) -> Iterator[None]:
    """Two reports into one folder wait for each other: a sweep may end while `narrows report` runs."""
    place = out.absolute().parent if out else folder
    writable(place, "--out" if out else "folder")
    with FileLock(place / (f".{out.name}.lock" if out else ".report.lock")):
        yield


def _check(out: Path) -> None:
    """Refuse a folder whose content a report would replace."""
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out}: is a file")
    names = {path.name for path in out.iterdir()} if out.is_dir() else set()
    if foreign := sorted(names - CONTENT) or (names and PAGE not in names and sorted(names)):
        raise UserError(f"--out {out}: is not the folder of a report ({foreign[0]} is in it); name a new folder")


def is_current(folder: Path, width: str | None = None) -> bool:
    """Whether the report in `folder` was written from the study and the records that are there now, by their bytes.

    With a `width` its figures must have that width.
    """
    report = folder / NAME
    if not (report / PAGE).is_file() or width not in (None, _width(report)):
        return False
    return _sources(report)[:1] == [study_checksum([folder])]


def _width(report: Path) -> str:
    """The width of the figures of an existing report; the default for a new one and one of an earlier version."""
    lines = _sources(report)
    return lines[1] if len(lines) > 1 and lines[1] in widths.WIDTHS else widths.DEFAULT


def _sources(report: Path) -> list[str]:
    """The lines of `SOURCES`; none if there is no such file."""
    path = report / SOURCES
    return path.read_text("utf-8", errors="replace").splitlines() if path.is_file() else []


def remove_leftovers(folder: Path) -> None:
    """Remove what a writer of the study's report has left that was killed after it had put the new one into place."""
    with _locked(folder, None):
        for name in (NAME, SUMMARY):
            new_folder.remove_leftovers(folder / name)


def summary_text(folder: Path) -> str:
    """The answer and the tables of metrics, for a terminal. Raises UserError if `folder` holds no study."""
    joining.read([folder])
    from narrows.report.terminal import summary_text
    from narrows.stats import comparisons, grid

    study = grid.read(folder)
    return summary_text(study, comparisons.comparisons(study), folder / NAME / PAGE)
