"""Readers of folders of images or of texts, and of single files of text."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from narrows.errors import UserError
from narrows.own.raw import Array, Raw, without
from narrows.own.request import Label

IMAGES = (".png", ".jpg", ".jpeg")
TEXTS = (".txt", ".md", ".rst")
#: Headings of Markdown and reStructuredText: lines that begin with #, or an underlined (and perhaps overlined) line.
HEADING = re.compile(r"(#{1,6}\s[^\n]*\n?)+|(([=\-~^*\"'`+])\3+\n)?[^\n]+\n([=\-~^*\"'`+])\4{2,}")


def folder(path: Path, columns: list[Label] | None, label: Label | None) -> Raw:
    """The images or the texts of a folder; other files, such as `.DS_Store`, are ignored."""
    without("columns", columns, path)
    without("label", label, path)
    files = contents(path)
    kinds = Counter(file.suffix.lower() in IMAGES for file in files)
    if len(kinds) != 1:
        raise UserError(f"data.path={path}: {_mixed(files)}")
    labels = _subfolders(path, files)
    if kinds[True]:
        return Raw("images", _stacked(files), labels)
    return Raw("texts", np.array([_text(file) for file in files], dtype=object), labels)


def _mixed(files: Sequence[Path]) -> str:
    if not files:
        return f"no files of {', '.join(IMAGES + TEXTS)} in this folder"
    image, text = (next(file.name for file in files if file.suffix.lower() in kind) for kind in (IMAGES, TEXTS))
    return f"holds images and texts: {image}, {text}; give a folder with only one of the two"


def contents(path: Path) -> list[Path]:
    """The images and texts in a folder and its subfolders, sorted by name; for a file, the file alone."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in IMAGES + TEXTS and file.is_file())


def _subfolders(path: Path, files: Sequence[Path]) -> Array | None:
    parts = [file.relative_to(path).parts for file in files]
    if {len(part) > 1 for part in parts} == {True, False}:
        beside = next(file.name for file in files if file.parent == path)
        raise UserError(f"data.path={path}: {beside} is not in one of the subfolders, whose names are the labels")
    return np.array([part[0] for part in parts]) if len(parts[0]) > 1 else None


def _stacked(files: Sequence[Path]) -> Array:
    """Images as bytes (N, C, H, W): one channel if all are grey, else three."""
    images = [_image(file) for file in files]
    sizes = Counter(image.shape[:2] for image in images)
    usual = sizes.most_common(1)[0][0]
    for file, image in zip(files, images, strict=True):
        if image.shape[:2] != usual:
            height, width = image.shape[:2]
            raise UserError(f"data.path={file}: {width} × {height} pixels, others have {usual[1]} × {usual[0]}")
    if len({image.ndim for image in images}) > 1:
        images = [image if image.ndim == 3 else np.stack([image] * 3, 2) for image in images]
    stacked = np.stack(images)
    return stacked[:, None] if stacked.ndim == 3 else np.moveaxis(stacked, 3, 1)


def _image(file: Path) -> Array:
    from PIL import Image

    try:
        with Image.open(file) as image:
            if image.mode not in ("1", "L", "P", "RGB", "RGBA", "LA", "CMYK"):
                raise UserError(f"data.path={file}: pixels of mode {image.mode}; choose images with 8 bits per channel")
            if "A" in image.getbands() and image.getchannel("A").getextrema() != (255, 255):
                raise UserError(f"data.path={file}: is partly transparent; put it on a background first")
            return np.asarray(image.convert("L" if image.mode in ("1", "L", "LA") else "RGB"))
    except OSError:
        raise UserError(f"data.path={file}: damaged or not an image") from None


def paragraphs(path: Path, columns: list[Label] | None, label: Label | None) -> Raw:
    """The paragraphs of a text file, separated by blank lines, without headings and repetitions.

    In a changelog a third of the paragraphs are headings, some repeated a hundred times. They would be in both splits,
    where memorising them looks like generalisation.
    """
    without("columns", columns, path)
    without("label", label, path)
    parts = [part.strip() for part in _text(path).replace("\r\n", "\n").split("\n\n")]
    kept = [part for part in dict.fromkeys(parts) if part and not HEADING.fullmatch(part)]
    return Raw("texts", np.array(kept, dtype=object))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"data.path={file}: is not text in UTF-8") from None
