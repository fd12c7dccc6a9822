"""Readers of NumPy's arrays and of sound."""

import os
import warnings
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np

from narrows.errors import UserError
from narrows.own.mapped import too_large
from narrows.own.raw import Array, Raw, listed, without
from narrows.own.request import Request, matching

OBJECTS = "holds Python objects, which are not loaded, since that may run programs; save numbers, and labels as texts"

CHANNELS = (1, 3, 4)  # of images
COLUMNS = "columns"  # the array of an .npz file that names the columns of its table
SHAPES = "rows, images or a series have 1 to 4 axes"


def numpy_file(request: Request) -> Raw:
    """The array of an .npy file, or one of the arrays of an .npz file; the content decides, not the suffix.

    The array of an .npy file that is too large for memory is mapped from it.
    """
    without(request, "header")
    mapped = too_large(request.path.stat().st_size)
    with request.path.open("rb") as file:
        try:
            stored = np.load(request.path if mapped else file, mmap_mode="r" if mapped else None, allow_pickle=False)
        except ValueError as error:
            if "allow_pickle=False" in str(error) or "Python objects in dtype" in str(error):
                raise UserError(f"data.path={request.path}: {OBJECTS}") from None
            if "allow_pickle" in str(error):
                raise UserError(
                    f"data.path={request.path}: cannot be read (it is no array, and pickled objects are not loaded)"
                ) from None
            raise
        if not isinstance(stored, np.ndarray):
            return _npz(request, stored)
        if _rest(stored, file):
            raise UserError(f"data.path={request.path}: holds more than one array; np.savez writes several")
    without(request, "columns", "label")
    return _raw(request.path, stored)


def _rest(stored: Array, file: IO[bytes]) -> int:
    """How many bytes of the file come after the array, which was mapped or has been read from it."""
    end = stored.offset + stored.nbytes if isinstance(stored, np.memmap) else file.tell()
    return os.fstat(file.fileno()).st_size - end


def _npz(request: Request, stored: np.lib.npyio.NpzFile) -> Raw:
    """The array that `columns` names, else the only one with two axes or more, and its labels."""
    label = None if request.label is None else matching(request.label, stored.files)
    if request.label is not None and label is None:
        raise UserError(
            f"data.label={request.label}: no array of {request.path.name}, which holds {listed(stored.files)}"
        )
    arrays = {name: array for name in stored.files if (array := _loaded(stored, name)) is not None}
    if label is not None and label not in arrays:
        raise UserError(f"data.label={request.label}: {OBJECTS}")
    names = _named(request, arrays) if request.columns else _wide(arrays, label)
    if len(names) != 1:
        shapes = listed([f"{name} {array.shape}" for name, array in arrays.items()]) or "no arrays of numbers"
        raise UserError(
            f"data.path={request.path}: holds {shapes}; name the one array to train on as data.columns=[NAME], that of "
            "the labels as data.label=NAME"
        )
    values = arrays[names[0]]
    columns = _columns(values, arrays.get(COLUMNS))
    read = (names[0], label, COLUMNS if columns else None)
    others = [] if request.columns else [name for name in stored.files if name not in read]
    notes = (f"left out: other arrays ({listed(others)})",) if others else ()
    raw = _raw(request.path, values, None if label is None else arrays[label], notes)
    return replace(raw, columns=columns)


def _columns(values: Array, names: Array | None) -> tuple[str, ...]:
    """The names of a table's columns, if the array `columns` has one text for each."""
    if names is None or names.dtype.kind != "U" or values.ndim != 2 or names.shape != values.shape[1:]:
        return ()
    return tuple(names.tolist())


def _loaded(stored: np.lib.npyio.NpzFile, name: str) -> Array | None:
    """An array of an .npz file; None if it holds Python objects."""
    try:
        return np.asarray(stored[name])
    except ValueError as error:
        if "allow_pickle" in str(error):
            return None
        raise


def _named(request: Request, arrays: dict[str, Array]) -> list[str]:
    names = [matching(name, list(arrays)) for name in request.columns or ()]
    return [name for name in names if name is not None]


def _wide(arrays: dict[str, Array], label: str | None) -> list[str]:
    """The names of the arrays with two axes or more, except the labels; if there are none, of all but the labels."""
    names = [name for name in arrays if name != label]
    return [name for name in names if arrays[name].ndim > 1] or names


def _raw(path: Path, values: Array, labels: Array | None = None, notes: tuple[str, ...] = ()) -> Raw:
    """(N, D) is a table; (N, H, W), (N, C, H, W) and, with one, three or four channels, (N, H, W, C) are images."""
    if values.dtype.kind not in "biuf":
        raise UserError(f"data.path={path}: holds {values.dtype}, not numbers")
    if values.ndim not in (1, 2, 3, 4):
        raise UserError(f"data.path={path}: an array of shape {values.shape}; {SHAPES}")
    if not values.size:
        raise UserError(f"data.path={path}: an array of shape {values.shape} holds no numbers")
    if values.ndim < 3:
        return Raw("table", values, labels, notes=notes)
    if values.ndim == 3:
        return Raw("images", values[:, None], labels, notes=notes)
    last = values.shape[1] not in (1, 3) and values.shape[3] in CHANNELS
    notes = (*notes, *_layout(values.shape, last))
    return Raw("images", np.moveaxis(values, 3, 1) if last else values, labels, notes=notes)


def _layout(shape: tuple[int, ...], last: bool) -> list[str]:
    """A note on which axis of images are the channels, if the numbers leave it open."""
    if (shape[1] in CHANNELS) != (shape[3] in CHANNELS):
        return []
    axes = "(images, height, width, channels)" if last else "(images, channels, height, width)"
    return [f"the axes {shape} are read as {axes}"]


def wav(request: Request) -> Raw:
    """The samples of a sound, (T,) or (T, channels)."""
    from scipy.io import wavfile

    without(request, "columns", "label", "header")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of chunks with other content than sound
        warnings.filterwarnings("error", message=".*EOF")  # the sound is cut off
        values = wavfile.read(request.path)[1]
    if not values.size:
        raise UserError(f"data.path={request.path}: a sound without samples")
    return Raw("table", values.astype(np.float64))
