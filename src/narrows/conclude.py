"""The end of every trained run, alone or in a fleet: evaluates its best weights and draws reconstructions."""

from functools import lru_cache
from math import isfinite
from pathlib import Path

import numpy as np
from torchvision.utils import save_image

from narrows.board.board import Board
from narrows.board.pictures.image_rows import COUNT, reconstructions
from narrows.build import build_held_out
from narrows.config.data_section import Data
from narrows.config.schema import Config
from narrows.data.sources import as_floats
from narrows.data.splits import Splits, splits_of
from narrows.errors import Diverged
from narrows.evaluation.baselines.pca import clipped_pca_mse, pca_mse
from narrows.evaluation.evaluate import scores
from narrows.evaluation.support.loss import loss
from narrows.evaluation.support.reconstruction_errors import errors
from narrows.models.autoencoder import Autoencoder
from narrows.runs import checkpoint
from narrows.runs.history import History
from narrows.runs.run_folder import BEST


def conclude(config: Config, splits: Splits, history: History, board: Board | None, folder: Path) -> dict[str, float]:
    """Evaluate best.ckpt in `folder`, draw its reconstructions and show both on the board; returns the metrics.

    Test images are used here only. Computed in float32, on the device of `splits`. Raises Diverged for weights that
    overflowed in the very last step.
    """
    best = checkpoint.load(folder / BEST).to(splits.test.pixels.device)
    metrics = _errors(best, config, splits) | _test_loss(best, config, splits, history.epochs)
    images = as_floats(splits.test.pixels[:COUNT])
    save_image(reconstructions(best, images), folder / "reconstructions.png")
    if board:
        board.end(best, history, metrics)
    return metrics


def _errors(best: Autoencoder, config: Config, splits: Splits) -> dict[str, float]:
    """The errors of each split, the evaluations of the test split, and PCA's error with as many components."""
    metrics = {"train/mse": errors(best, splits.train.pixels)["mse"]}
    if len(splits.val):
        metrics["val/mse"] = errors(best, splits.val.pixels)["mse"]
    metrics |= scores(config.evaluation, best, config.corruption, config.objective.name, splits)
    pca = _pca_mse(config.data)
    metrics["pca/mse"] = float(pca[min(config.model.bottleneck, len(pca) - 1)])
    if not splits.test.pixels.is_floating_point():
        metrics["pca/mse_clipped"] = _clipped_pca_mse(config.data, config.model.bottleneck)
    return metrics


def _test_loss(best: Autoencoder, config: Config, splits: Splits, epoch: int) -> dict[str, float]:
    test_loss = loss(best, build_held_out(config), epoch, splits.test.pixels)
    if not isfinite(test_loss):  # the only check of the weights after the last step
        raise Diverged(f"the test loss became {test_loss} after epoch {epoch}")
    return {"test/loss": test_loss}


@lru_cache  # the runs of a study share it: 2.5 s for 60,000 images
def _pca_mse(data: Data) -> np.ndarray:
    splits = splits_of(data)
    return pca_mse(splits.train.pixels, splits.test.pixels)


@lru_cache
def _clipped_pca_mse(data: Data, components: int) -> float:
    splits = splits_of(data)
    return clipped_pca_mse(splits.train.pixels, splits.test.pixels, components)
