"""The whole arrow, once: config ─► data ─► model ─► objective ─► training ─► logs + record."""

import shutil
from functools import lru_cache
from math import isfinite
from pathlib import Path

import numpy as np
import torch
from torchvision.utils import save_image

from narrows.board.board import Board, make_board
from narrows.board.image_rows import COUNT, reconstructions
from narrows.build import build_objective
from narrows.config.data_section import Data
from narrows.config.schema import Config
from narrows.data.sources import as_floats
from narrows.data.splits import Splits, splits_of
from narrows.errors import Diverged, Interrupted, UserError
from narrows.evaluation.evaluate import scores
from narrows.evaluation.reconstruction import errors
from narrows.evaluation.support.loss import loss
from narrows.evaluation.support.pca import pca_mse
from narrows.models.autoencoder import Autoencoder
from narrows.paths import BEST, LAST
from narrows.runs import checkpoint, record
from narrows.runs.history import History
from narrows.runs.interrupts import interruptible
from narrows.runs.provenance import processor
from narrows.runs.record import Record
from narrows.runs.resume import refuse_another_run
from narrows.training.datamodule import ImageData
from narrows.training.fit import fit
from narrows.training.make import make_module, make_pretraining


def run(config: Config, folder: Path) -> Record:
    """Train, evaluate and record one autoencoder in `folder`, which is made if need be.

    Returns the record, which is also written there. An interruption or a failure is recorded as such and goes on as
    the exception it was: Interrupted, Diverged or any other. A UserError leaves no record.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not config.run.resume and (folder / record.NAME).is_file():
        record.set_aside(folder)
    result, history = record.begin(config), History(config.objective.kl_warmup)
    with interruptible():
        try:
            _fill(result, config, folder, history)
            result.status = "done"
        except UserError:
            _withdraw(folder)
            raise
        except Interrupted:
            result.status = "interrupted"
            raise
        except Exception as error:
            result.status, result.error = "failed", " ".join(str(error).split()) or type(error).__name__
            raise
        finally:
            if result.status:
                add_history(result, history)
                record.write(result, folder)
    return result


def _withdraw(folder: Path) -> None:
    """Leave no folder of a run that could not begin, unless there is something in it beside Hydra's notes."""
    if {path.name for path in folder.iterdir()} <= {".hydra"}:
        shutil.rmtree(folder)


def _fill(result: Record, config: Config, folder: Path, history: History) -> None:
    """Train and evaluate, noting down in `result` what is learned on the way."""
    torch.set_num_threads(config.trainer.threads)
    data = ImageData(splits_of(config.data), config.data.batch_size, config.seed)
    module = make_module(config, data.splits)
    result.parameters = module.autoencoder.size
    resume = config.run.resume and (folder / LAST).is_file()
    if resume:
        refuse_another_run(config, folder)
    board = make_board(folder, config, data.splits)
    pretraining = make_pretraining(config, history)
    trainer = fit(module, data, history, config.trainer, board, folder, resume, pretraining)
    result.device = device_name(trainer.strategy.root_device)
    conclude(result, config, data.splits, history, board, folder)


def conclude(
    result: Record, config: Config, splits: Splits, history: History, board: Board | None, folder: Path
) -> None:
    """What every trained run ends with: the best weights in `folder` evaluated, drawn and shown.

    Where the images of `splits` are, there it is computed. The one time that test images are scored.
    """
    best = checkpoint.load(folder / BEST).to(splits.test.pixels.device)  # in float32, whatever it was trained in
    result.metrics = _metrics(best, config, splits) | _test_loss(best, config, splits, history.epochs)
    images = as_floats(splits.test.pixels[:COUNT])
    save_image(reconstructions(best, images), folder / "reconstructions.png")
    if board:
        board.end(best, history, result.metrics)


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"{device.type} ({processor()})"


def _test_loss(best: Autoencoder, config: Config, splits: Splits, epoch: int) -> dict[str, float]:
    """Raises Diverged for weights that overflow in the very last step: nothing after it tells but this."""
    found = loss(best, build_objective(config.objective), epoch, splits.test.pixels)
    if not isfinite(found):
        raise Diverged(f"the test loss became {found} after epoch {epoch}")
    return {"test/loss": found}


def _metrics(best: Autoencoder, config: Config, splits: Splits) -> dict[str, float]:
    """The errors of each split and what was asked of the test one, and PCA's with as many numbers."""
    found = {"train/mse": errors(best, splits.train.pixels)["mse"]}
    if len(splits.val):
        found["val/mse"] = errors(best, splits.val.pixels)["mse"]
    found |= scores(config.evaluation, best, config.corruption, config.objective.name, splits)
    pca = _pca_mse(config.data)
    return found | {"pca/mse": float(pca[min(config.model.bottleneck, len(pca) - 1)])}


@lru_cache  # the runs of a study share it: 2.5 s for 60,000 images
def _pca_mse(data: Data) -> np.ndarray:
    splits = splits_of(data)
    return pca_mse(splits.train.pixels, splits.test.pixels)


def add_history(result: Record, history: History) -> None:
    """Note down the curves and what follows from them."""
    result.curves, result.epochs = history.pretraining | history.curves, history.epochs
    result.seconds = sum(history.curves["seconds"])
    if history.epochs:
        result.best_epoch = history.best_epoch
