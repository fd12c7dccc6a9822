"""One run through Lightning."""

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import lightning as L
from lightning.fabric.utilities.exceptions import MisconfigurationException

from narrows.config.training_sections import Trainer
from narrows.errors import UserError
from narrows.runs.history import History
from narrows.training.callbacks import Checkpoints, Curves
from narrows.training.checkpoint_io import AtomicCheckpointIO
from narrows.training.datamodule import ImageData
from narrows.training.denormals import flushed
from narrows.training.module import AutoencoderModule
from narrows.training.observer import Observer
from narrows.training.progress import ProgressBar


def fit(
    module: AutoencoderModule,
    data: ImageData,
    history: History,
    trainer: Trainer,
    observer: Observer | None,
    folder: Path,
    start: Path | None,
    before_epochs: Sequence[L.Callback] = (),
) -> L.Trainer:
    """Train until `trainer.max_epochs`, writing last.ckpt and best.ckpt into `folder` after each epoch.

    It continues from the checkpoint `start`. The callbacks of `before_epochs` come first. `history` is
    filled, and `observer`, if there is one, called after each epoch. Raises Diverged when a loss is not finite.
    """
    quieten()
    curves = Curves(history, observer, trainer.patience)
    callbacks = [*before_epochs, curves, ProgressBar(history), Checkpoints(folder, history)]
    lightning = _lightning(trainer, callbacks, folder)
    with flushed():
        lightning.fit(module, data, ckpt_path=start, weights_only=True)
    return lightning


def _lightning(trainer: Trainer, callbacks: list[L.Callback], folder: Path) -> L.Trainer:
    try:
        return L.Trainer(
            accelerator=trainer.accelerator,
            devices=1,
            precision=trainer.precision,
            max_epochs=trainer.max_epochs,
            logger=False,  # an observer shows more, and fleets have it too
            plugins=[AtomicCheckpointIO()],
            callbacks=callbacks,
            default_root_dir=folder,
            reload_dataloaders_every_n_epochs=1,  # the data module draws each epoch's order from (seed, epoch)
            log_every_n_steps=1,  # nothing is logged per step; silences a warning about short epochs
            inference_mode=False,  # the contractive term differentiates while it validates
            enable_checkpointing=False,  # `Checkpoints` asks the history which epoch is the best
            enable_progress_bar=False,  # `ProgressBar` shows the whole run, Lightning's an epoch
            enable_model_summary=False,
        )
    except MisconfigurationException as error:
        raise UserError(f"trainer.accelerator={trainer.accelerator}: {error} Choose cpu or auto") from None


def quieten() -> None:
    """Silence Lightning's notes on hardware, tips and workers: they are the same for every run."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    for note in (
        ".*does not have many workers.*",
        ".*Total length of `list`.*",
        ".*isinstance.treespec.*",
    ):
        warnings.filterwarnings("ignore", note)
