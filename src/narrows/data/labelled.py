"""The splits that a run trains on: images, with their labels behind them if the autoencoder is conditional."""

from dataclasses import replace

from narrows.config.schema import Config
from narrows.config.slots import is_conditional
from narrows.data.sources import Images
from narrows.data.splits import Splits, splits_of
from narrows.models.conditional import with_labels


def splits_for(config: Config) -> Splits:
    """The splits of a run as its autoencoder takes them. Raises UserError for data that cannot be fetched or read."""
    splits = splits_of(config.data)
    return labelled(splits) if is_conditional(config.model) else splits


def labelled(splits: Splits) -> Splits:
    """The splits with labelled images (N, 1, 1, C·H·W + 1); see `models.conditional`."""
    return Splits(*map(_labelled, splits))


def _labelled(images: Images) -> Images:
    return replace(images, pixels=with_labels(images.pixels, images.labels))
