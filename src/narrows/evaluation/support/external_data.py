"""Reads data that a run was not trained on, scaled like the data that it was trained on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from narrows.config.catalogue import OWN
from narrows.data.preparation import Preparation
from narrows.data.sources import Images, as_floats
from narrows.errors import UserError
from narrows.own.formats import reader
from narrows.own.request import Request, located
from narrows.own.samples import Samples
from narrows.own.samples import read as read_samples
from narrows.own.tables import parquet, table
from narrows.own.text_labels import PLAIN
from narrows.runs import checkpoint


def read(path: str | Path, file: str | Path) -> Tensor:
    """The data of `file`, in its order, as inputs of the autoencoder of the checkpoint at `path`: float32 (N, C, H, W).

    They are read as the data it was trained on and scaled as their training split was, without labels. Raises
    UserError for a checkpoint that was trained on a data set of the catalogue, and for a file of another shape.
    """
    return as_floats(read_as(checkpoint.card(path), str(file), labelled=False).pixels)


def read_as(card: dict[str, Any], file: str, labelled: bool = True) -> Images:
    """All data of `file`, in its order, prepared as the images of the run whose checkpoint has this card."""
    trained: dict[str, Any] = card["config"]["data"]
    if trained["name"] != OWN:
        raise UserError(f"path={file}: the checkpoint was trained on {trained['name']}, not on data=arrays")
    preparation = Preparation(**card["preparation"])
    samples = read_samples(_request(trained, file, preparation, labelled))
    if samples.values.shape[1:] != tuple(card["shape"]):
        raise UserError(f"path={file}: holds {samples.values.shape[1:]}, the checkpoint was trained on {card['shape']}")
    if preparation.scale == "pixels" and samples.values.dtype != "uint8":
        raise UserError(f"path={file}: holds {samples.values.dtype}, the checkpoint was trained on bytes from 0 to 255")
    prepared = preparation(torch.from_numpy(samples.values))
    if prepared.is_floating_point() and not prepared.isfinite().all():
        raise UserError(f"path={file}: holds numbers that are too large for the scaling of the training data")
    return Images(prepared, _renumbered(samples, preparation.classes), preparation)


def _request(trained: dict[str, Any], file: str, preparation: Preparation, labelled: bool) -> Request:
    """Asks for all of `file`, with no test split, and for the columns (or words) and precision that training used.

    Whether the first row holds names is not decided anew, since few rows are not enough for it.
    """
    path, header = located(file), preparation.header
    by_name = preparation.kind in ("table", "series") and preparation.columns and reader(path) in (table, parquet)
    columns = preparation.columns if by_name else trained["columns"]
    return Request(
        path=path,
        columns=None if columns is None else tuple(columns),
        label=trained["label"] if labelled else None,
        window=trained["window"],
        words=tuple(preparation.columns) if preparation.kind == "texts" else trained["words"],
        test_size=0,
        header=trained.get("header", "auto") if header is None else header if reader(path) is table else "auto",
        double=preparation.shift.dtype == torch.float64,
    )


def _renumbered(samples: Samples, classes: Sequence[str]) -> Tensor:
    """Labels (N,) by their numbers in training; classes that did not occur there get the numbers after them."""
    known = [_known(name, classes) for name in samples.classes]
    names = [*classes, *(name for name in known if name not in classes)]
    numbers = torch.tensor([names.index(name) for name in known] or [0])
    return numbers[torch.from_numpy(samples.labels)]


def _known(name: str, classes: Sequence[str]) -> str:
    """The class of training of this name or, for numbers, of this value: 1.0 is 1 where a file holds no fractions."""
    if name in classes or not PLAIN.fullmatch(name):
        return name
    return next((known for known in classes if PLAIN.fullmatch(known) and float(known) == float(name)), name)
