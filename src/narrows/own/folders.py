"""Readers of folders of images or of texts, and of single files of text."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from narrows.errors import UserError
from narrows.own.contents import IMAGES, TEXTS, Contents, contents
from narrows.own.raw import Array, Raw, without
from narrows.own.request import Request
from narrows.own.text_files import encoding, opened

#: Headings of Markdown and reStructuredText: lines that begin with #, or an underlined (and perhaps overlined) line.
HEADING = re.compile(r"(#{1,6}\s[^\n]*\n?)+|(([=\-~^*\"'`+])\3+\n)?[^\n]+\n([=\-~^*\"'`+])\4{2,}")
BLANK = re.compile(r"\n\s*\n")  # lines of spaces are blank


def folder(request: Request) -> Raw:
    """The images or the texts of a folder."""
    without(request, "columns", "label", "header")
    content = contents(request.path)
    kinds = Counter(file.suffix.lower() in IMAGES for file in content.files)
    if len(kinds) != 1:
        raise UserError(f"data.path={request.path}: {_mixed(content)}")
    labels = _subfolders(request.path, content.files)
    if not kinds[True]:
        texts = np.array([_text(file) for file in content.files], dtype=object)
        return Raw("texts", texts, labels, notes=content.notes)
    from narrows.own.images import stacked  # Pillow

    images, turned = stacked(content.files)
    notes = (*content.notes, *(("some images turned as their EXIF says",) if turned else ()))
    return Raw("images", images, labels, notes=notes, rules=("turned",) if turned else ())


def _mixed(content: Contents) -> str:
    if not content.files:
        left_out = f"; {', '.join(content.notes)}" if content.notes else ""
        return f"no files of {', '.join(IMAGES + TEXTS)} in this folder{left_out}"
    image, text = (next(file.name for file in content.files if file.suffix.lower() in kind) for kind in (IMAGES, TEXTS))
    return f"holds images and texts: {image}, {text}; give a folder with only one of the two"


def _subfolders(path: Path, files: Sequence[Path]) -> Array | None:
    """The label of each file: the name of its subfolder. None if no file is in one."""
    parts = [file.relative_to(path).parts for file in files]
    if {len(part) > 1 for part in parts} == {True, False}:
        beside = next(file.name for file in files if file.parent == path)
        raise UserError(f"data.path={path}: {beside} is not in one of the subfolders, whose names are the labels")
    if len(parts[0]) == 1:
        return None
    for name in {part[0] for part in parts}:
        if not name.isprintable():  # bytes that are no UTF-8, and control characters
            raise UserError(f"data.path={path}: the subfolder {name!a} cannot be printed; rename it")
    return np.array([part[0] for part in parts])


def paragraphs(request: Request) -> Raw:
    """The paragraphs of a text file, separated by blank lines, without headings and repetitions.

    In a changelog a third of the paragraphs are headings, some repeated a hundred times. They would be in both splits,
    where memorising them looks like generalisation.
    """
    without(request, "columns", "label", "header")
    text = _text(request.path)
    parts = [part.strip() for part in BLANK.split(text)]
    kept = [part for part in dict.fromkeys(parts) if part and not HEADING.fullmatch(part)]
    marked = encoding(request.path) == "utf-8-sig"  # 0.1.0 took the mark for a character and spaces for text
    rules = ("blank lines",) if marked or re.search(r"\n[^\S\n]+\n", text) else ()
    return Raw("texts", np.array(kept, dtype=object), rules=rules)


def _text(file: Path) -> str:
    try:
        with opened(file) as text:
            return text.read()
    except UnicodeError:
        raise UserError(f"data.path={file}: is not text in UTF-8; convert it first, for instance with iconv") from None
