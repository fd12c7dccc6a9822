"""The end of every trained run, alone or in a fleet: evaluates its best weights and draws reconstructions."""

from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from narrows.board.board import Board
from narrows.board.pictures import image_grid
from narrows.board.pictures.image_rows import COUNT, reconstructions
from narrows.build_objective import build_held_out
from narrows.config.data_section import Data
from narrows.config.schema import Config
from narrows.data.sources import as_floats
from narrows.data.splits import Splits, splits_of
from narrows.errors import Diverged
from narrows.evaluation.baselines.pca import clipped_pca_mse, pca_mse
from narrows.evaluation.scores import scores
from narrows.evaluation.support.loss import loss
from narrows.evaluation.support.reconstruction_errors import SplitErrors, split_errors
from narrows.models.autoencoder import Autoencoder
from narrows.runs.history import History

PICTURE = "reconstructions.png"


class Trained(NamedTuple):
    """A run after its training: its images, its best weights, in evaluation mode, their errors, and their test loss."""

    config: Config
    splits: Splits
    history: History
    best: Autoencoder
    errors: SplitErrors
    test_loss: float

    @classmethod
    def alone(cls, config: Config, splits: Splits, history: History, best: Autoencoder) -> Self:
        """The run with its errors and its test loss, which are computed."""
        errors = split_errors(best, splits)
        return cls(config, splits, history, best, errors, _test_loss(config, splits, history, best))


def _test_loss(config: Config, splits: Splits, history: History, best: Autoencoder) -> float:
    return loss(best, build_held_out(config), history.epochs, splits.test.pixels)


def evaluate(run: Trained) -> dict[str, float]:
    """The metrics of a run. Test images are used here only. Computed in float32, on the device of the images.

    Raises Diverged for weights that overflowed in the very last step.
    """
    config, (train, val, test) = run.config, run.errors
    metrics = {"train/mse": train.mean().item()}
    if len(val):
        metrics["val/mse"] = val.mean().item()
    metrics |= scores(config.evaluation, run.best, config.corruption, config.objective.name, run.splits, test)
    checksum = config.data.entry.checksum
    pca = _pca_mse(config.data, checksum)
    metrics["pca/mse"] = float(pca[min(config.model.bottleneck, len(pca) - 1)])
    if not run.splits.test.pixels.is_floating_point():
        metrics["pca/mse_clipped"] = _clipped_pca_mse(config.data, checksum, config.model.bottleneck)
    return metrics | {"test/loss": _finite(run.test_loss, run.history.epochs)}


def draw(run: Trained, metrics: dict[str, float], board: Board | None, folder: Path) -> None:
    """Draw reconstructions of the best weights into `folder`, and show them with the metrics on the board."""
    images = as_floats(run.splits.test.pixels[:COUNT]).to(next(run.best.parameters()))
    image_grid.save(reconstructions(run.best, images), folder / PICTURE)
    if board:
        board.end(run.best, run.history, metrics, run.errors.test)


def _finite(test_loss: float, epoch: int) -> float:
    if not isfinite(test_loss):  # the only check of the weights after the last step
        raise Diverged(f"the test loss became {test_loss} after epoch {epoch}")
    return test_loss


@lru_cache  # the runs of a study share it: 2.5 s for 60,000 images
def _pca_mse(data: Data, checksum: str) -> np.ndarray:
    """The PCA errors of the data; their checksum tells files of the same name apart."""
    splits = splits_of(data)
    return pca_mse(splits.train.pixels, splits.test.pixels)


@lru_cache
def _clipped_pca_mse(data: Data, checksum: str, components: int) -> float:
    splits = splits_of(data)
    return clipped_pca_mse(splits.train.pixels, splits.test.pixels, components)
