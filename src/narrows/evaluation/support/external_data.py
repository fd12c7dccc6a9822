"""Data that a run was not trained on, read and scaled as its own were."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from narrows.config.catalogue import OWN
from narrows.config.data_section import Arrays
from narrows.data.preparation import Preparation
from narrows.data.sources import Images, as_floats
from narrows.errors import UserError
from narrows.own import files as own
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
    words = preparation.columns if preparation.kind == "texts" else None
    data = own.read(_section(trained, file, preparation, labelled), words)
    if data.values.shape[1:] != tuple(card["shape"]):
        raise UserError(f"path={file}: holds {data.values.shape[1:]}, the checkpoint was trained on {card['shape']}")
    values, labels = torch.from_numpy(data.values), _renumbered(data, preparation.classes)
    return Images(preparation(values), labels, preparation)


def _section(trained: dict[str, Any], file: str, preparation: Preparation, labelled: bool) -> Arrays:
    """The config section that reads `file`: as in training, but without a split, and a table's columns by their names.

    Not validated, since sizes of splits need not fit this file.
    """
    named = preparation.kind == "table" and preparation.columns
    changed = {"path": file, "test_size": 0, "columns": preparation.columns if named else trained["columns"]}
    return Arrays.model_construct(**trained | changed | ({} if labelled else {"label": None}))


def _renumbered(data: own.Own, classes: Sequence[str]) -> Tensor:
    """Labels (N,) by their numbers in training; classes that did not occur there get the numbers after them."""
    names = [*classes, *(name for name in data.classes if name not in classes)]
    numbers = torch.tensor([names.index(name) for name in data.classes] or [0])
    return numbers[torch.from_numpy(data.labels)]
