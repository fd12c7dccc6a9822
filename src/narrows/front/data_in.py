"""The user's data as overrides of the section `data`: arrays become a file that any command reads."""

import filecmp
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from narrows.config.catalogue import OWN
from narrows.config.typed_text import quoted
from narrows.errors import UserError
from narrows.own.in_memory import labels, numbers
from narrows.own.raw import Array
from narrows.paths import conf_folder
from narrows.runs import study
from narrows.runs.atomic_files import write_atomically

BRIGHT = 127  # a float image whose largest number is between this and 255 is taken for bytes


class Source(NamedTuple):
    """Overrides of the section `data`, and the file that arrays were written to; None for data that lie elsewhere."""

    overrides: list[str]
    file: Path | None = None


def source(data: Any, y: Any, folder: Path, scaled: bool) -> Source:  # noqa: ANN401 - any array-like
    """The source for the name of a data set, the path of a file or folder, or arrays, which are written to `folder`.

    `scaled`: the user says how numbers are scaled. Raises UserError for data that cannot be trained on.
    """
    if isinstance(data, str | os.PathLike):
        if y is not None:
            raise UserError(f"y: is for arrays; label=NAME is the column of labels of {os.fspath(data)}")
        return Source(_named(os.fspath(data)))
    values, columns = numbers(data, "X")
    if len(values) < 2:
        raise UserError(f"X: an array of shape {values.shape}; training needs several rows")
    if not scaled:
        _refuse_float_bytes(values)
    arrays = {"X": values} | ({} if y is None else {"y": labels(y, len(values), "y")})
    path = _save(arrays | ({"columns": np.array(columns)} if columns else {}), folder)
    label = [] if y is None else ["data.label=y"]
    return Source([f"data={OWN}", f"data.path={quoted(str(path))}", *label], path)


def _named(data: str) -> list[str]:
    names = sorted(path.stem for path in (conf_folder() / "data").glob("*.yaml"))
    if data in names:
        return [f"data={data}"]
    if not Path(data).expanduser().exists() and not data.startswith("package:"):
        raise UserError(f"{data}: no such file or folder, and no data set; choose from {', '.join(names)}")
    return [f"data={OWN}", f"data.path={quoted(data)}"]


def _refuse_float_bytes(values: Array) -> None:
    """Raises UserError for images of floats from 0 to 255, which are bytes that lost their type."""
    if values.ndim < 3 or values.dtype.kind != "f" or not values.size:
        return
    if BRIGHT < values.max() <= 255 and values.min() >= 0:
        raise UserError(
            f"X: images of {values.dtype} from {values.min():g} to {values.max():g} look like bytes: "
            "X.astype('uint8') are pixels; scale='standard' takes the numbers as they are"
        )


def _save(arrays: dict[str, Array], folder: Path) -> Path:
    """One array as data.npy, several as data.npz. Raises UserError for the folder of a study of other arrays."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ("data.npy" if len(arrays) == 1 else "data.npz")
    with write_atomically(path) as temporary:
        with temporary.open("wb") as file:  # to a path NumPy adds a suffix
            if len(arrays) == 1:
                np.save(file, arrays["X"])
            else:
                np.savez(file, **arrays)  # type: ignore[arg-type] # NumPy's stub of its keyword
        if (folder / study.NAME).exists() and path.exists() and not filecmp.cmp(path, temporary, shallow=False):
            raise UserError(f"path={folder}: holds a study of other data ({path.name}); name another folder")
    return path
