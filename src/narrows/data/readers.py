"""What lies in files: one reader for each kind, each to plain arrays or texts and the labels beside them.

Raises UserError in one line for whatever a model could not take: words, gaps, images of unequal sizes. The readers'
libraries are imported on use.
"""

import csv
import gzip
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from narrows.data.catalogue import Kind
from narrows.errors import UserError

Array = NDArray[Any]
IMAGES = (".png", ".jpg", ".jpeg")
TEXTS = (".txt", ".md", ".rst")
SEPARATORS = (",", ";", "\t", "|", " ")
SHOWN = 8  # names in an error
#: Lines that begin with #, or one line underlined (and perhaps overlined), as Markdown and reStructuredText have them.
HEADING = re.compile(r"(#{1,6}\s[^\n]*\n?)+|(([=\-~^*\"'`+])\3+\n)?[^\n]+\n([=\-~^*\"'`+])\4{2,}")


@dataclass(frozen=True)
class Raw:
    """What a reader found: numbers (N, …) or N texts, perhaps a label for each, and the names of a table's columns."""

    kind: Kind
    values: Array
    labels: Array | None = None
    columns: tuple[str, ...] = ()


Label = int | str
Reader = Callable[[Path, list[Label] | None, Label | None], Raw]


def listed(names: Sequence[object]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(str, names[:SHOWN])) + more


def reader(path: Path) -> Reader:
    """The reader of what lies at `path`. Raises UserError where nothing lies there that could be read."""
    if path.is_dir():
        return _folder
    name = path.name.lower().removesuffix(".gz")
    for suffix, found in READERS.items():
        if name.endswith(suffix) and path.is_file():
            return found
    why = f"choose a folder or a file of {', '.join(READERS)}" if path.is_file() else "no such file or folder"
    raise UserError(f"data.path={path}: {why}")


# --- tables


def _table(path: Path, columns: list[Label] | None, label: Label | None) -> Raw:
    import pandas as pd

    if path.suffix == ".parquet":
        frame = pd.read_parquet(path)
    else:
        separator, headed = _dialect(path)
        frame = pd.read_csv(path, sep=separator, header=0 if headed else None, skipinitialspace=True)
    if not len(frame):
        raise UserError(f"data.path={path}: has no rows")
    frame.columns = frame.columns.map(str)
    frame = _without_index(frame)
    labels = None if label is None else _column(path, frame, str(label))
    chosen = [str(name) for name in columns or frame.columns if str(name) != str(label) or columns]
    _known(path, chosen, list(frame.columns))
    return Raw("table", _numbers(path, frame[chosen]), labels, tuple(chosen))


def _dialect(path: Path) -> tuple[str, bool]:
    """What separates the columns, and whether the first line holds their names rather than numbers."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8-sig") as file:
        lines = [line for _, line in zip(range(20), file, strict=False) if line.strip()]
    if not lines:
        raise UserError(f"data.path={path}: is empty")
    separator = next((one for one in SEPARATORS if len(_widths(lines, one)) == 1 and max(_widths(lines, one)) > 1), ",")
    if len(widths := _widths(lines, separator)) > 1:
        raise UserError(f"data.path={path}: its rows have from {min(widths)} to {max(widths)} fields")
    return separator, not all(_is_number(field) for field in next(csv.reader(lines[:1], delimiter=separator)))


def _widths(lines: Sequence[str], separator: str) -> set[int]:
    return {len(fields) for fields in csv.reader(lines, delimiter=separator, skipinitialspace=True)}


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _without_index(frame: Any) -> Any:  # noqa: ANN401 - pandas has no types here
    """pandas writes the number of each row as a first column without a name."""
    first = frame.columns[0] if len(frame.columns) else ""
    counts = first.startswith("Unnamed") and frame[first].tolist() == list(range(len(frame)))
    return frame.drop(columns=first) if counts else frame


def _column(path: Path, frame: Any, label: str) -> Array:  # noqa: ANN401
    _known(path, [label], list(frame.columns))
    if missing := int(frame[label].isna().sum()):
        raise UserError(f"data.label={label}: {missing} rows of {path.name} have none")
    return np.asarray(frame[label])


def _known(path: Path, names: Sequence[str], available: Sequence[str]) -> None:
    for name in names:
        if name not in available:
            raise UserError(f"data.path={path}: has no column {name}; it has {listed(available)}")


def _numbers(path: Path, frame: Any) -> Array:  # noqa: ANN401
    words = [name for name in frame.columns if frame[name].dtype.kind not in "biuf"]
    if words:
        raise UserError(
            f"data.path={path}: columns without numbers: {listed(words)}; choose others with data.columns=[…], or name "
            "the one that holds labels as data.label"
        )
    if gaps := [f"{name} ({n})" for name, n in frame.isna().sum().items() if n]:
        raise UserError(f"data.path={path}: has missing values in {listed(gaps)}; fill or drop them first")
    return np.asarray(frame, dtype=np.float64)


# --- arrays and sound


def _npy(path: Path, columns: list[Label] | None, label: Label | None) -> Raw:
    _without("columns", columns, path)
    _without("label", label, path)
    return Raw(*_array(path, np.load(path, allow_pickle=False)))


def _npz(path: Path, columns: list[Label] | None, label: Label | None) -> Raw:
    with np.load(path, allow_pickle=False) as arrays:
        names = [str(name) for name in columns or [] if name] or _wide(arrays, label)
        if len(names) != 1 or names[0] not in arrays or (label is not None and str(label) not in arrays):
            raise UserError(
                f"data.path={path}: holds {listed([f'{name} {arrays[name].shape}' for name in arrays])}; name the one "
                "array to train on as data.columns=[NAME], that of the labels as data.label=NAME"
            )
        return Raw(*_array(path, arrays[names[0]]), None if label is None else arrays[str(label)])


def _wide(arrays: Any, label: Label | None) -> list[str]:  # noqa: ANN401
    """The arrays that could be data: of two axes or more, or all where there are none."""
    names = [name for name in arrays if name != str(label)]
    return [name for name in names if arrays[name].ndim > 1] or names


def _array(path: Path, values: Array) -> tuple[Kind, Array]:
    """(N, D) is a table; (N, H, W), (N, C, H, W) and, with one, three or four channels, (N, H, W, C) are images."""
    if values.dtype.kind not in "biuf":
        raise UserError(f"data.path={path}: holds {values.dtype}, not numbers")
    if values.ndim == 4 and values.shape[1] not in (1, 3) and values.shape[3] in (1, 3, 4):
        values = np.moveaxis(values, 3, 1)
    if values.ndim not in (1, 2, 3, 4):
        raise UserError(
            f"data.path={path}: an array of shape {values.shape}; rows, images or a series have 1 to 4 axes"
        )
    return ("table" if values.ndim < 3 else "images"), values[:, None] if values.ndim == 3 else values


def _wav(path: Path, columns: list[Label] | None, label: Label | None) -> Raw:
    from scipy.io import wavfile

    _without("columns", columns, path)
    _without("label", label, path)
    return Raw("table", wavfile.read(path)[1].astype(np.float64))


# --- folders and texts


def _folder(path: Path, columns: list[Label] | None, label: Label | None) -> Raw:
    """Images or texts; what has another suffix is no data, as `.DS_Store` is none."""
    _without("columns", columns, path)
    _without("label", label, path)
    files = contents(path)
    kinds = Counter(file.suffix.lower() in IMAGES for file in files)
    if len(kinds) != 1:
        found = "holds images and texts" if files else f"no files of {', '.join(IMAGES + TEXTS)} in this folder"
        raise UserError(f"data.path={path}: {found}")
    labels = _subfolders(path, files)
    if kinds[True]:
        return Raw("images", _stacked(files), labels)
    return Raw("texts", np.array([_text(file) for file in files], dtype=object), labels)


def contents(path: Path) -> list[Path]:
    """The images and texts in a folder and those below it, in the order of their names; a file alone is its own."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in IMAGES + TEXTS and file.is_file())


def _subfolders(path: Path, files: Sequence[Path]) -> Array | None:
    parts = [file.relative_to(path).parts for file in files]
    if {len(part) > 1 for part in parts} == {True, False}:
        beside = next(file.name for file in files if file.parent == path)
        raise UserError(f"data.path={path}: {beside} lies beside subfolders, which are labels; it would have none")
    return np.array([part[0] for part in parts]) if len(parts[0]) > 1 else None


def _stacked(files: Sequence[Path]) -> Array:
    """Images as bytes (N, C, H, W): one channel where all are grey, else three."""
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
                raise UserError(f"data.path={file}: pixels of kind {image.mode}; 8 bits a channel would do")
            if "A" in image.getbands() and image.getchannel("A").getextrema() != (255, 255):
                raise UserError(f"data.path={file}: is transparent in part; put it on a background first")
            return np.asarray(image.convert("L" if image.mode in ("1", "L", "LA") else "RGB"))
    except OSError:
        raise UserError(f"data.path={file}: damaged or not an image") from None


def _paragraphs(path: Path, columns: list[Label] | None, label: Label | None) -> Raw:
    """One file of text: what blank lines separate are texts of their own, without headings and what was there before.

    Of a changelog's paragraphs a third are headings, a few of them a hundred times: in both splits, they are looked up.
    """
    _without("columns", columns, path)
    _without("label", label, path)
    parts = [part.strip() for part in _text(path).replace("\r\n", "\n").split("\n\n")]
    kept = [part for part in dict.fromkeys(parts) if part and not HEADING.fullmatch(part)]
    return Raw("texts", np.array(kept, dtype=object))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"data.path={file}: is not text in UTF-8") from None


def _without(key: str, value: object, path: Path) -> None:
    if value is not None:
        lacking = "columns to choose from" if key == "columns" else "column of labels"
        raise UserError(f"data.{key}={value}: {path.name} has no {lacking}")


READERS: dict[str, Reader] = {
    ".csv": _table,
    ".tsv": _table,
    ".parquet": _table,
    ".npy": _npy,
    ".npz": _npz,
    ".wav": _wav,
    **dict.fromkeys(TEXTS, _paragraphs),
}
