"""What a run or a checkpoint is good for, on the test images of a data set."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter
from torch import Tensor

from narrows.build import build_corruption
from narrows.config import slots
from narrows.config.catalogue import OWN
from narrows.config.data_section import data_of
from narrows.config.evaluations import LABELS, known, unfit
from narrows.data import sources
from narrows.data.splits import Splits, split, splits_of
from narrows.errors import UserError
from narrows.evaluation import evaluation
from narrows.evaluation.reconstruction import squared_errors
from narrows.evaluation.support.elbo import elbo, importance_bound
from narrows.evaluation.support.external_data import read_as
from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import Variational
from narrows.runs import checkpoint
from narrows.seeds import generator


def evaluate(
    path: Path, data: str, root: str, samples: int, names: Sequence[str], file: str | None = None
) -> dict[str, float]:
    """What the evaluations `names` find of the checkpoint at `path` on a data set below `root`, as `scores`.

    The training images are those it was trained on; of a data set that it was not trained on they are all. For one that
    was trained on data of the user's own, `file` names others: all that they hold is the test, their labels read where
    an evaluation compares them.
    Of a variational one also `test/nll_bound`, a bound on -log p(x) by `samples` importance samples an image.
    Raises UserError for a checkpoint that is not ours, an evaluation that does not exist, data that cannot be had,
    and images of another shape.
    """
    known(names)
    autoencoder, card = checkpoint.load(path), checkpoint.card(path)
    config, splits = card["config"], _splits(card, data, root)
    if file is not None:
        splits = splits._replace(test=read_as(card, file, labelled=not LABELS.isdisjoint(names)))
    shape = tuple(splits.test.pixels.shape[1:])
    prepared = splits.test.preparation
    if why := prepared and unfit(names, prepared.scale == "pixels", bool(prepared.classes)):
        raise UserError(why)
    if shape != autoencoder.shape:
        raise UserError(f"data={data}: its images are {shape}, the checkpoint was trained on {autoencoder.shape}")
    corruption: slots.Corruption = TypeAdapter(slots.Corruption).validate_python(config["corruption"])
    found = scores(names, autoencoder, corruption, config["objective"]["name"], splits)
    if isinstance(autoencoder.code, Variational):
        bound = importance_bound(autoencoder, config["objective"]["name"], splits.test.pixels, samples)
        found["test/nll_bound"] = bound
    return found


def _splits(card: dict[str, Any], data: str, root: str) -> Splits:
    """Those of the run that `card` tells of, or all images of another data set."""
    trained = card["config"]["data"]
    if data != trained["name"]:
        if data == OWN:
            raise UserError(f"data={data}: the checkpoint was trained on {trained['name']}, which knows no other scale")
        return split(sources.load(data, root), 0)
    section = data_of(trained if data == OWN else trained | {"root": root})
    if section.entry.checksum != card["checksum"]:
        raise UserError(f"data={data}: {section.title} is no longer what the checkpoint was trained on")
    return splits_of(section)


def scores(
    names: Sequence[str], autoencoder: Autoencoder, corruption: slots.Corruption, objective: str, splits: Splits
) -> dict[str, float]:
    """All that is measured on the test images, the one time that they are scored, by its name in a record.

    What the evaluations `names` find; where training corrupted images also `corrupted_mse`, the error of the clean
    image rebuilt from a corrupted one; where the code is variational also the parts of `elbo` under `objective`.
    """
    found: dict[str, float] = {}
    for name in names:
        found |= evaluation(name)(autoencoder.eval(), splits.train, splits.test)
    if not isinstance(corruption, slots.Clean):
        found["corrupted_mse"] = corrupted_mse(autoencoder, corruption, splits.test.pixels)
    if isinstance(autoencoder.code, Variational):
        found |= elbo(autoencoder, objective, splits.test.pixels)
    return {f"test/{name}": value for name, value in found.items()}


def corrupted_mse(autoencoder: Autoencoder, corruption: slots.Corruption, pixels: Tensor) -> float:
    """Mean squared error per pixel in [0, 1] between uint8 images (N, C, H, W) and what comes of them corrupted.

    The noise is the same for every autoencoder and run.
    """
    noise, module = generator(0, "corrupted", device=pixels.device), build_corruption(corruption)
    with torch.no_grad():
        return squared_errors(autoencoder.eval(), pixels, lambda images: module(images, noise)).mean().item()
