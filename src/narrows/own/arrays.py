"""Readers of NumPy's arrays and of sound."""

import warnings
from pathlib import Path

import numpy as np

from narrows.errors import UserError
from narrows.own.raw import Array, Raw, listed, without
from narrows.own.request import Kind, Request, matching


def npy(request: Request) -> Raw:
    """The array of an .npy file."""
    without(request, "columns", "label", "header")
    return Raw(*_array(request.path, np.load(request.path, allow_pickle=False)))


def npz(request: Request) -> Raw:
    """The array of an .npz file that `columns` names, else the only one with two axes or more, and its labels."""
    without(request, "header")
    with np.load(request.path, allow_pickle=False) as stored:
        label = None if request.label is None else matching(request.label, stored.files)
        if request.label is not None and label is None:
            holds = listed(stored.files)
            raise UserError(f"data.label={request.label}: no array of {request.path.name}, which holds {holds}")
        arrays = {name: stored[name] for name in stored.files}
        names = _named(request, arrays) if request.columns else _wide(arrays, label)
        if len(names) != 1:
            raise UserError(
                f"data.path={request.path}: holds {listed([f'{name} {arrays[name].shape}' for name in arrays])}; name "
                "the one array to train on as data.columns=[NAME], that of the labels as data.label=NAME"
            )
    return Raw(*_array(request.path, arrays[names[0]]), None if label is None else arrays[label])


def _named(request: Request, arrays: dict[str, Array]) -> list[str]:
    found = [matching(name, list(arrays)) for name in request.columns or ()]
    return [name for name in found if name is not None]


def _wide(arrays: dict[str, Array], label: str | None) -> list[str]:
    """The names of the arrays with two axes or more, except the labels; if there are none, of all but the labels."""
    names = [name for name in arrays if name != label]
    return [name for name in names if arrays[name].ndim > 1] or names


def _array(path: Path, values: Array) -> tuple[Kind, Array]:
    """(N, D) is a table; (N, H, W), (N, C, H, W) and, with one, three or four channels, (N, H, W, C) are images."""
    if values.dtype.kind not in "biuf":
        raise UserError(f"data.path={path}: holds {values.dtype}, not numbers")
    if values.ndim not in (1, 2, 3, 4):
        raise UserError(
            f"data.path={path}: an array of shape {values.shape}; rows, images or a series have 1 to 4 axes"
        )
    if not values.size:
        raise UserError(f"data.path={path}: an array of shape {values.shape} holds no numbers")
    if values.ndim == 4 and values.shape[1] not in (1, 3) and values.shape[3] in (1, 3, 4):
        values = np.moveaxis(values, 3, 1)
    return ("table" if values.ndim < 3 else "images"), values[:, None] if values.ndim == 3 else values


def wav(request: Request) -> Raw:
    """The samples of a sound, (T,) or (T, channels)."""
    from scipy.io import wavfile

    without(request, "columns", "label", "header")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of chunks with other content than sound
        values = wavfile.read(request.path)[1]
    if not values.size:
        raise UserError(f"data.path={request.path}: a sound without samples")
    return Raw("table", values.astype(np.float64))
