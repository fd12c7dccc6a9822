"""Evaluates the autoencoder of a checkpoint on the test images of a data set."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter

from narrows.config import slots
from narrows.config.catalogue import OWN
from narrows.config.data_section import SECTIONS, Data, data_of
from narrows.config.evaluation_needs import DataTraits
from narrows.config.evaluations import check_names, compare_labels, need_training, of_bound, unmet_need, without_labels
from narrows.config.scales import Binarise
from narrows.data import sources
from narrows.data.binarise import fixed
from narrows.data.labelled import labelled
from narrows.data.preparation import Preparation
from narrows.data.sources import Dataset, Images
from narrows.data.splits import Splits, split, splits_of
from narrows.errors import UserError
from narrows.evaluation.scores import metrics_of, scores
from narrows.evaluation.support.elbo import importance_bound
from narrows.evaluation.support.external_data import read_as
from narrows.models.autoencoder import Autoencoder
from narrows.models.conditional import Conditional
from narrows.runs import checkpoint


def evaluate(
    path: Path, data: str, root: str, samples: int, names: Sequence[str], file: str | None = None
) -> dict[str, float]:
    """The metrics of the checkpoint at `path` on the test images of the data set `data`, as returned by `scores`.

    Evaluations that need training images get those that the checkpoint was trained on or, for another data set, all of
    its training images. The data set is read from the folder `root`. If the checkpoint was trained on the user's own
    data, `file` can name another file, all of whose rows become the test images; the training images are then read
    only for evaluations that need them. A variational code also has `test/nll_bound`, the importance-weighted −ELBO
    from `samples` samples for each image.

    Raises UserError for a file that is not a checkpoint of narrows, an unknown evaluation, data that cannot be read,
    and images of another shape.
    """
    check_names(names)
    autoencoder, card = checkpoint.load(path), checkpoint.card(path)
    config = card["config"]
    splits = _splits(card, data, root) if file is None else _splits_with_file(card, data, root, names, file)
    _refuse_unfit(names, data, splits, card, autoencoder)
    splits = labelled(splits) if autoencoder.conditional else splits
    corruption: slots.Corruption = TypeAdapter(slots.Corruption).validate_python(config["corruption"])
    metrics = scores(names, autoencoder, corruption, config["objective"]["name"], splits)
    if autoencoder.code.has_prior:
        bound = importance_bound(autoencoder, config["objective"]["name"], splits.test.pixels, samples)
        metrics["test/nll_bound"] = bound
    return metrics


def _splits(card: dict[str, Any], data: str, root: str) -> Splits:
    """The splits of the run whose checkpoint has this card, or all images of another data set."""
    trained = card["config"]["data"]
    if data != trained["name"]:
        if data == OWN:
            raise UserError(f"data={data}: cannot be scaled for a checkpoint that was trained on {trained['name']}")
        if data in SECTIONS:
            raise UserError(f"data={data}: has settings of its own; evaluates checkpoints that were trained on it only")
        return split(_contrasted(sources.load(data, root), card), 0, binarise=_binarise(card))
    section = data_of(trained | {"root": root} if "root" in trained else trained)
    if section.entry.checksum != card["checksum"]:
        raise UserError(f"data={data}: {section.title} has changed since the checkpoint was trained")
    return splits_of(section)


def _binarise(card: Mapping[str, Any]) -> Binarise:
    """How the run whose checkpoint has this card binarised its images; earlier versions did not."""
    binarise: Binarise = card["config"]["data"].get("binarise", "none")
    return binarise


def _contrasted(dataset: Dataset, card: Mapping[str, Any]) -> Dataset:
    """The data set, to be scaled as the images of this card's run were if their contrast was normalised."""
    if card["config"]["data"].get("contrast", "none") == "none":
        return dataset
    preparation = replace(Preparation(**card["preparation"]), classes=list(dataset.classes))
    return replace(dataset, prepare=lambda train: preparation)


def _splits_with_file(card: dict[str, Any], data: str, root: str, names: Sequence[str], file: str) -> Splits:
    """All of `file` as test images; the training images if one of the evaluations needs them, else none."""
    test = read_as(card, file, labelled=compare_labels(names) or "classes" in card)
    if _binarise(card) != "none":
        test = fixed(test, "test")
    if not (comparing := need_training(names)):
        return Splits(test[:0], test[:0], test)
    try:
        return _splits(card, data, root)._replace(test=test)
    except UserError as error:
        raise UserError(f"evaluation={comparing[0]}: needs the data that were trained on as well; {error}") from None


def _refuse_unfit(
    names: Sequence[str], data: str, splits: Splits, card: Mapping[str, Any], autoencoder: Autoencoder
) -> None:
    """Raises UserError for test images that the autoencoder or one of the evaluations cannot take."""
    traits, shape = _traits(splits, _binarise(card)), tuple(card["shape"])
    if traits.shape != shape:
        raise UserError(f"data={data}: its images are {traits.shape}, the checkpoint was trained on {shape}")
    if reason := unmet_need(names, traits):
        raise UserError(reason)
    if reason := _no_distribution(names, autoencoder):
        raise UserError(reason)
    if autoencoder.conditional:
        _refuse_unlabelled(names, data, splits.test, traits, autoencoder)


def _refuse_unlabelled(
    names: Sequence[str], data: str, test: Images, traits: DataTraits, autoencoder: Autoencoder
) -> None:
    """Raises UserError for what a conditional autoencoder cannot be evaluated on."""
    if not traits.labels:
        raise UserError(f"data={data}: has no labels, which the checkpoint's conditional autoencoder takes")
    assert isinstance(autoencoder, Conditional)
    if (most := int(test.labels.max())) >= autoencoder.classes:
        raise UserError(f"data={data}: has class {most}; the checkpoint was trained on {autoencoder.classes} classes")
    if reason := without_labels(names):
        raise UserError(reason)


def _no_distribution(names: Sequence[str], autoencoder: Autoencoder) -> str | None:
    """Why one of these evaluations cannot be computed of this code, in one line; None if all can."""
    needing = [] if autoencoder.code.has_prior else of_bound(names)
    return f"evaluation={needing[0]}: needs a checkpoint of code=variational" if needing else None


def _traits(splits: Splits, binarise: Binarise) -> DataTraits:
    test, preparation, truth = splits.test, splits.test.preparation, splits.test.truth
    _, channels, height, width = test.pixels.shape
    return DataTraits(
        pixels=not test.pixels.is_floating_point(),
        shape=(channels, height, width),
        labels=truth.labelled if truth else preparation is None or bool(preparation.classes),
        unseen=not torch.isin(test.labels, splits.train.labels).all(),
        several=len(splits.train.labels.unique()) > 1,
        train=len(splits.train),
        test=len(test),
        grey=binarise == "none",
        truth=truth is not None,
        hierarchy=truth is not None and bool((truth.parents >= 0).any()),
        factors=test.factors is not None and int((test.factors.amax(0) > test.factors.amin(0)).sum()) > 1,
    )


def evaluate_trained(path: Path, names: Sequence[str], data: Data, device: torch.device) -> dict[str, float]:
    """The metrics of the evaluations `names` of the checkpoint at `path` on the data that it was trained on.

    They are those that its run records when it ends with these evaluations. Raises UserError for a file that is not a
    checkpoint of narrows, and for data that cannot be read or do not have what an evaluation needs.
    """
    if reason := unmet_need(names, data.traits):
        raise UserError(reason)
    autoencoder = checkpoint.load(path).to(device)
    if autoencoder.conditional and (reason := without_labels(names)):
        raise UserError(reason)
    splits = Splits(*(images.to(device) for images in splits_of(data)))
    if reason := _no_distribution(names, autoencoder):
        raise UserError(reason)
    objective = checkpoint.card(path)["config"]["objective"]["name"]
    return metrics_of(names, autoencoder, labelled(splits) if autoencoder.conditional else splits, objective)
