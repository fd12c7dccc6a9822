"""The files of a folder that are data, and how many are left out."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from narrows.errors import UserError

IMAGES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".webp", ".pbm", ".pgm", ".ppm",
)  # fmt: skip
TEXTS = (".txt", ".md", ".rst")

#: Names of what systems and archives put into folders, besides all that begins with a dot.
SYSTEM = frozenset(
    (
        *("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "#recycle", "$recycle.bin"),
        *("system volume information", "lost+found", "__pycache__"),
    )
)


@dataclass(frozen=True)
class Contents:
    """The images and texts of a folder, sorted by name, and notes on the files that are left out."""

    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def contents(path: Path) -> Contents:
    """The images and texts in a folder and its subfolders, also linked ones; for a file, the file alone.

    Raises UserError for folders that cannot be read, for links that lead nowhere or around in a circle, and for a
    folder that is met twice, whose files would be in both splits.
    """
    if not path.is_dir():
        return Contents((path,))
    files, hidden, others = [], 0, Counter[str]()
    for file, is_hidden in _walk(path):
        suffix = file.suffix.lower()
        known = suffix in IMAGES + TEXTS
        if is_hidden:
            hidden += known
        elif not file.is_file() and (known or file.is_symlink()):
            raise UserError(f"data.path={file}: leads to no file")
        elif known:
            files.append(file)
        else:
            others[suffix or "no suffix"] += 1
    return Contents(tuple(sorted(files)), _notes(hidden, others))


def _notes(hidden: int, others: Counter[str]) -> tuple[str, ...]:
    ordered = sorted(others.items(), key=lambda kind: (-kind[1], kind[0]))
    kinds = ", ".join(f"{suffix}: {count}" for suffix, count in ordered)
    return (
        *([f"left out: {hidden} hidden images or texts"] if hidden else []),
        *([f"left out: {others.total()} files of other kinds ({kinds})"] if kinds else []),
    )


def _walk(root: Path) -> Iterator[tuple[Path, bool]]:
    """The files below `root`, each with whether it is hidden or in a hidden folder."""
    seen = {folder: folder for folder in (root.resolve(), *root.resolve().parents)}
    for where, subfolders, names in os.walk(root, followlinks=True, onerror=_unreadable):
        folder = Path(where)
        inside = any(map(_is_hidden, folder.relative_to(root).parts))
        for subfolder in sorted(subfolders, key=lambda name: ((folder / name).is_symlink(), name)):
            if not inside and not _is_hidden(subfolder):
                _refuse_again(folder / subfolder, seen)
            elif (folder / subfolder).is_symlink():
                subfolders.remove(subfolder)
        yield from ((folder / file, inside or _is_hidden(file)) for file in names)


def _refuse_again(folder: Path, seen: dict[Path, Path]) -> None:
    """Raise UserError for a folder that was met before under another name, or that the data lie in."""
    target = folder.resolve()
    if target in seen:
        raise UserError(f"data.path={folder}: is the same folder as {seen[target]}; remove one of the links")
    seen[target] = folder


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in SYSTEM


def _unreadable(error: OSError) -> None:
    raise UserError(f"data.path={error.filename}: {error.strerror}") from None
