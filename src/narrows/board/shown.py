"""The runs that a board shows: those of each study's `study.json`, not the folders of removed levels beside them.

TensorBoard reads everything below one folder, so it is given a temporary folder of symbolic links to these runs.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from narrows.errors import UserError
from narrows.runs import study
from narrows.runs.run_folder import EVENTS
from narrows.runs.study import Study

SUMMARY = "summary"  # the report as a TensorBoard run, beside the runs of its study


def runs(folders: Sequence[Path]) -> dict[str, Path]:
    """The folder of each run that TensorBoard shows, by the run's name there.

    Names are relative to the study or to the one folder; relative to what all have in common for several folders. A
    single run is named like its folder. Runs of a study that have not begun are included.
    Raises UserError for a folder that does not exist and for a damaged `study.json`.
    """
    found = chain.from_iterable(_below(folder, name) for name, folder in _named(folders).items())
    return {str(name): folder for name, folder in found}


def studies(folders: Sequence[Path]) -> dict[str, Path]:
    """The folder of each study among these folders and below them, by its name on the board; `.` for the one study."""
    found = chain.from_iterable(_studies_below(folder, name) for name, folder in _named(folders).items())
    return {str(name): folder for name, folder in found}


@contextmanager
def linked(folders: Sequence[Path]) -> Iterator[Path]:
    """A temporary folder of links to the runs and to each `study.json`; see `link`.

    Raises UserError if there is nothing to show.
    """
    if not any(_has_events(run) for run in runs(folders).values()):
        names = ", ".join(map(str, folders))
        raise UserError(f"{names}: nothing for TensorBoard in it (were its runs trained with logger=none?)")
    with TemporaryDirectory(prefix="narrows-board-") as temporary:
        tree = Path(temporary) / (folders[0].resolve().name or "board")
        tree.mkdir()
        link(folders, tree)
        yield tree


def link(folders: Sequence[Path], tree: Path) -> None:
    """Bring the links in `tree` up to date: runs that are planned, also before they begin, and no others."""
    wanted = runs(folders)
    wanted |= {f"{name}/{study.NAME}": folder / study.NAME for name, folder in studies(folders).items()}
    targets = {PurePosixPath(name): path.resolve() for name, path in wanted.items()}
    outermost = {name: path for name, path in targets.items() if not targets.keys() & set(name.parents)}
    present = {PurePosixPath(path.relative_to(tree)) for path in tree.rglob("*") if path.is_symlink()}
    for name in present - outermost.keys():
        (tree / name).unlink()
    for name in outermost.keys() - present:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).symlink_to(outermost[name])


def read_study(folder: Path) -> Study:
    """The study in this folder. Raises UserError if its file is damaged."""
    try:
        return study.read(folder)
    except ValueError:
        raise UserError(f"{folder / study.NAME}: damaged; run the study again") from None


def _named(folders: Sequence[Path]) -> dict[PurePosixPath, Path]:
    """The name on the board of what is directly in each folder."""
    if missing := [folder for folder in folders if not folder.is_dir()]:
        raise UserError(f"{missing[0]}: no such folder; name that of a study, a run, or outputs")
    if len(folders) == 1 and not _is_run(folders[0]):
        return {PurePosixPath(): folders[0]}
    absolute = [folder.resolve() for folder in folders]
    common = os.path.commonpath([folder.parent for folder in absolute])
    return {PurePosixPath(folder.relative_to(common)): folder for folder in absolute}


def _below(folder: Path, name: PurePosixPath) -> Iterator[tuple[PurePosixPath, Path]]:
    if _is_study(folder):
        for run in (*read_study(folder).runs, SUMMARY):
            yield name / _without_dots(run), folder / run
    elif _has_events(folder):
        yield name, folder
    else:
        for child in _children(folder):
            yield from _below(child, name / child.name)


def _studies_below(folder: Path, name: PurePosixPath) -> Iterator[tuple[PurePosixPath, Path]]:
    if _is_study(folder):
        yield name, folder
    elif not _has_events(folder):
        for child in _children(folder):
            yield from _studies_below(child, name / child.name)


def _without_dots(run: str) -> PurePosixPath:
    """The path of a run as its name, which stays in the board's folder where the run lies beside the study's."""
    return PurePosixPath(*(part for part in PurePosixPath(run).parts if part not in ("..", "/")))


def _children(folder: Path) -> Iterator[Path]:
    """The folders in this folder, without hidden ones and links back to a folder that contains this one."""
    for child in sorted(folder.iterdir()):
        loop = child.is_symlink() and folder.resolve().is_relative_to(child.resolve())
        if child.is_dir() and not child.name.startswith(".") and not loop:
            yield child


def _is_study(folder: Path) -> bool:
    return (folder / study.NAME).is_file()


def _is_run(folder: Path) -> bool:
    return _has_events(folder) and not _is_study(folder)


def _has_events(folder: Path) -> bool:
    return any(folder.glob(EVENTS))
