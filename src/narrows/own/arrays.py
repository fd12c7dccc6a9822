"""Readers of NumPy's arrays and of sound."""

from pathlib import Path
from typing import Any

import numpy as np

from narrows.errors import UserError
from narrows.own.raw import Array, Raw, listed, without
from narrows.own.request import Kind, Label


def npy(path: Path, columns: list[Label] | None, label: Label | None) -> Raw:
    without("columns", columns, path)
    without("label", label, path)
    return Raw(*_array(path, np.load(path, allow_pickle=False)))


def npz(path: Path, columns: list[Label] | None, label: Label | None) -> Raw:
    with np.load(path, allow_pickle=False) as arrays:
        names = [str(name) for name in columns or [] if name] or _wide(arrays, label)
        if label is not None and str(label) not in arrays:
            raise UserError(f"data.label={label}: no array of {path.name}, which holds {listed(list(arrays))}")
        if len(names) != 1 or names[0] not in arrays:
            raise UserError(
                f"data.path={path}: holds {listed([f'{name} {arrays[name].shape}' for name in arrays])}; name the one "
                "array to train on as data.columns=[NAME], that of the labels as data.label=NAME"
            )
        return Raw(*_array(path, arrays[names[0]]), None if label is None else arrays[str(label)])


def _wide(arrays: Any, label: Label | None) -> list[str]:  # noqa: ANN401
    """The names of the arrays with two axes or more, except the labels; if there are none, of all but the labels."""
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


def wav(path: Path, columns: list[Label] | None, label: Label | None) -> Raw:
    from scipy.io import wavfile

    without("columns", columns, path)
    without("label", label, path)
    return Raw("table", wavfile.read(path)[1].astype(np.float64))
