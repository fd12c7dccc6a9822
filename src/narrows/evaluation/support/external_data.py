"""Other data than a run was trained on, read and scaled as its own were."""

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
    """What `file` holds, in its order, as the autoencoder of the checkpoint at `path` takes it: float32 (N, C, H, W).

    Read as the data that it was trained on and scaled as their training split was; labels are not asked for. Raises
    UserError for a checkpoint that was trained on a data set of the catalogue, and for a file that does not fit it.
    """
    return as_floats(read_as(checkpoint.card(path), str(file), labelled=False).pixels)


def read_as(card: dict[str, Any], file: str, labelled: bool = True) -> Images:
    """All that `file` holds, in its order, prepared as the images of the run that `card` tells of."""
    trained: dict[str, Any] = card["config"]["data"]
    if trained["name"] != OWN:
        raise UserError(f"path={file}: the checkpoint was trained on {trained['name']}, not on data=arrays")
    preparation = Preparation(**card["preparation"])
    words = preparation.columns if preparation.kind == "texts" else None
    found = own.read(_section(trained, file, preparation, labelled), words)
    if found.values.shape[1:] != tuple(card["shape"]):
        raise UserError(f"path={file}: holds {found.values.shape[1:]}, the checkpoint was trained on {card['shape']}")
    values, labels = torch.from_numpy(found.values), _renumbered(found, preparation.classes)
    return Images(preparation(values), labels, preparation)


def _section(trained: dict[str, Any], file: str, preparation: Preparation, labelled: bool) -> Arrays:
    """The section that reads `file`, a table's columns by their names: nothing is split, so that no size has to fit."""
    named = preparation.kind == "table" and preparation.columns
    changed = {"path": file, "test_size": 0, "columns": preparation.columns if named else trained["columns"]}
    return Arrays.model_construct(**trained | changed | ({} if labelled else {"label": None}))


def _renumbered(found: own.Own, classes: Sequence[str]) -> Tensor:
    """Labels by the numbers that they had in training, those that were not there after them."""
    names = [*classes, *(name for name in found.classes if name not in classes)]
    numbers = torch.tensor([names.index(name) for name in found.classes] or [0])
    return numbers[torch.from_numpy(found.labels)]
