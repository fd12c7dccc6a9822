"""A trained autoencoder with the threshold above which a squared error is an anomaly."""

from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from narrows.config.catalogue import OWN
from narrows.config.data_section import data_of
from narrows.data.preparation import Preparation
from narrows.data.splits import Splits, splits_of
from narrows.errors import UserError
from narrows.evaluation.support.alarm_threshold import Alarms, alarms, threshold_at
from narrows.evaluation.support.reconstruction_errors import squared_errors
from narrows.models.autoencoder import Autoencoder
from narrows.own.raw import Array
from narrows.runs import checkpoint, study


class AnomalyDetector(NamedTuple):
    """Scores rows, images or windows by their squared error, mean over their scaled numbers, as `evaluation=anomaly`.

    checkpoint    the file that the autoencoder, which computes in float64, and its `card` were read from
    false_alarms  the share of normal rows that may lie above the threshold
    validation    scores of the validation split, whose quantile is the `threshold`
    checked       how many rows of the test split, which neither training nor threshold has used, lie above it
    """

    checkpoint: Path
    autoencoder: Autoencoder
    card: dict[str, Any]
    false_alarms: float
    validation: Array
    threshold: float
    checked: Alarms

    @property
    def on_validation(self) -> Alarms:
        """How many rows of the validation split lie above the threshold."""
        return alarms(self.validation, self.threshold)

    @property
    def preparation(self) -> Preparation:
        return Preparation(**self.card["preparation"])

    @property
    def data(self) -> dict[str, Any]:
        """The section `data` of the run's config."""
        section: dict[str, Any] = self.card["config"]["data"]
        return section

    def scores(self, images: Tensor) -> Array:
        """The scores (N,) of prepared images (N, C, H, W)."""
        return scores(self.autoencoder, images)


def scores(autoencoder: Autoencoder, images: Tensor) -> Array:
    """The squared error of each image, computed in float64: it does not depend on the images beside it."""
    return squared_errors(autoencoder, images, lambda batch: batch.double()).numpy()


def detector(run: Path, false_alarms: float) -> AnomalyDetector:
    """The detector of a run's folder or checkpoint, with the threshold from its own validation split.

    Raises UserError for a run on another kind of data than `data=arrays`, without validation rows, or whose data are
    no longer there.
    """
    if (run / study.NAME).is_file():
        raise UserError(f"{run}: holds a study; name the folder of one of its runs")
    path = checkpoint.best_of(run)
    autoencoder, card = checkpoint.load(path).double(), checkpoint.card(path)
    _refuse_unfit(path, card)
    splits = _splits(path, card)
    if not len(splits.val):
        raise UserError(f"checkpoint={path}: was trained with data.val_size=0, and a threshold needs validation rows")
    validation = scores(autoencoder, splits.val.pixels)
    threshold = threshold_at(validation, false_alarms)
    checked = alarms(scores(autoencoder, splits.test.pixels), threshold)
    return AnomalyDetector(path, autoencoder, card, false_alarms, validation, threshold, checked)


def _refuse_unfit(path: Path, card: dict[str, Any]) -> None:
    data = card["config"]["data"]
    if data["name"] != OWN:
        raise UserError(f"checkpoint={path}: was trained on data={data['name']}; detect takes runs on data={OWN}")
    if data.get("binarise", "none") != "none":
        raise UserError(
            f"checkpoint={path}: was trained with data.binarise={data['binarise']}; detect takes grey pixels"
        )
    if "classes" in card:
        raise UserError(f"checkpoint={path}: is conditional; detect takes autoencoders that need no labels")


def _splits(path: Path, card: dict[str, Any]) -> Splits:
    """The splits that the run was trained on."""
    try:
        section = data_of(card["config"]["data"])
    except UserError as error:
        raise UserError(f"checkpoint={path}: the threshold needs the data of its training; {error}") from None
    if section.entry.checksum != card["checksum"]:
        raise UserError(f"checkpoint={path}: {section.title} has changed since it was trained")
    return splits_of(section)
