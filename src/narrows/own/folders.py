"""Readers of folders of images or of texts, and of single files of text."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from narrows.errors import UserError
from narrows.own.contents import IMAGES, TEXTS, Contents, contents
from narrows.own.dialect import PEEKED
from narrows.own.number_marks import is_number
from narrows.own.raw import Array, Raw, listed, without
from narrows.own.request import Request
from narrows.own.text_files import NO_TEXT, encoding, opened, refuse_binary

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
    content = replace(content, notes=(*content.notes, *_nested(request.path, content.files)))
    if not kinds[True]:
        texts = [_text(file) for file in content.files]
        _refuse_numbers(content.files[0], texts)
        return Raw("texts", np.array(texts, dtype=object), labels, notes=content.notes)
    from narrows.own.images import TURNED, stacked  # Pillow

    images, notes = stacked(content.files)
    rules = ("turned",) if TURNED in notes else ()
    return Raw("images", images, labels, notes=(*content.notes, *notes), rules=rules)


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


def _nested(path: Path, files: Sequence[Path]) -> list[str]:
    """A note if the subfolders, whose names are the labels, have subfolders: train/cat has the label train."""
    if all(len(file.relative_to(path).parts) < 3 for file in files):
        return []
    names = sorted({file.relative_to(path).parts[0] for file in files})
    return [f"the labels are the names of the outer folders: {listed(names)}"]


def paragraphs(request: Request) -> Raw:
    """The paragraphs of a text file, separated by blank lines, without headings and repetitions.

    In a changelog a third of the paragraphs are headings, some repeated a hundred times. They would be in both splits,
    where memorising them looks like generalisation.
    """
    without(request, "columns", "label", "header")
    text = _text(request.path)
    _refuse_numbers(request.path, [text])
    parts = [part.strip() for part in BLANK.split(text)]
    kept = [part for part in dict.fromkeys(parts) if part and not HEADING.fullmatch(part)]
    marked = encoding(request.path) == "utf-8-sig"  # 0.1.0 took the mark for a character and spaces for text
    rules = ("blank lines",) if marked or re.search(r"\n[^\S\n]+\n", text) else ()
    return Raw("texts", np.array(kept, dtype=object), rules=rules)


def _text(file: Path) -> str:
    try:
        with opened(file) as text:
            content = text.read()
    except UnicodeError:
        raise UserError(f"data.path={file}: {NO_TEXT}") from None
    refuse_binary(file, content)
    return content


def _refuse_numbers(file: Path, texts: Sequence[str]) -> None:
    """Raises UserError if all texts are tables of numbers, with or without a heading: numbers are not words."""
    if all(_is_table(text) for text in texts):
        raise UserError(f"data.path={file}: holds numbers, not text; tables of numbers are read from .csv files")


def _is_table(text: str) -> bool:
    lines = [line.strip(" \t,;|") for line in text.splitlines()[: 2 * PEEKED] if line.strip()]
    rows = [re.split(r"[\s,;|]+", line) for line in lines]
    return bool(rows) and all(is_number(field) for row in rows[1:] or rows for field in row)
