"""Callbacks: the pretraining, and the history, the observer and the checkpoints after each epoch."""

from pathlib import Path
from time import perf_counter
from typing import Any

import lightning as L
from torch import Tensor

from narrows.config.schema import Config
from narrows.data.splits import Splits
from narrows.errors import Diverged
from narrows.models.autoencoder import Autoencoder
from narrows.runs.history import History
from narrows.runs.measures import code_measures, codes, watched
from narrows.runs.run_folder import BEST, LAST
from narrows.training.datamodule import ImageData
from narrows.training.divergence import validation_divergence
from narrows.training.module import AutoencoderModule
from narrows.training.observer import Observer
from narrows.training.pretraining import Layerwise
from narrows.training.resampling import due, resample


class Pretraining(L.Callback):
    """Pretrains before the run does. A run that resumes from a checkpoint has completed it."""

    def __init__(self, stage: Layerwise) -> None:
        self.stage = stage

    def on_fit_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        assert isinstance(module, AutoencoderModule)
        if trainer.ckpt_path is None:
            data: ImageData = trainer.datamodule  # type: ignore[attr-defined] # Lightning sets it in `fit`
            self.stage.pretrain(module, data.splits.train.pixels, data.batch_size)


class Curves(L.Callback):
    """Fills the history, which goes into the checkpoint, and calls the observer, if there is one, after each epoch.

    Stops training when the history has stalled for `patience` epochs, which is also asked before the first epoch of a
    resumed run. Raises Diverged when a validation loss is not finite.
    """

    def __init__(self, history: History, observer: Observer | None, patience: int | None) -> None:
        self.history, self.observer, self.patience = history, observer, patience

    def on_fit_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        trainer.should_stop = self.history.stalled(self.patience)
        if self.observer:
            self.observer.begin(self.history)

    def on_train_epoch_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self.began = perf_counter()
        self.seconds = 0.0

    def on_train_batch_end(self, *_: Any) -> None:  # noqa: ANN401 - Lightning's arguments, none needed
        self.seconds = perf_counter() - self.began  # without validation, which follows the last batch

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        assert isinstance(module, AutoencoderModule)
        self.history.add(self._row(trainer, module))
        trainer.should_stop = trainer.should_stop or self.history.stalled(self.patience)
        if self.observer:
            self.observer.epoch(self.history)
            if self.observer.due(self.history.epochs):
                self.observer.look(module.autoencoder, self.history.epochs)

    def _row(self, trainer: L.Trainer, module: AutoencoderModule) -> dict[str, float]:
        data: ImageData = trainer.datamodule  # type: ignore[attr-defined] # Lightning sets it in `fit`
        images = module.counts["train"]
        row = {"train/loss": module.mean_loss("train")}
        if "val" in module.sums:
            row["val/loss"] = module.mean_loss("val")
            if error := validation_divergence(row["val/loss"], self.history.epochs, trainer.global_step):
                raise Diverged(error)
        with module.averaged():
            of_codes = {name: float(value) for name, value in _of_codes(module.autoencoder, data.splits).items()}
        row |= {
            "lr": trainer.optimizers[0].param_groups[0]["lr"],
            "gradient_norm": module.mean_gradient_norm(),
            **of_codes,
            "seconds": self.seconds,
            "images_per_second": images / self.seconds,
        }
        return row | module.autoencoder.code.curves()

    def state_dict(self) -> dict[str, Any]:
        return self.history.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.history.load_state_dict(state_dict)


def _of_codes(autoencoder: Autoencoder, splits: Splits) -> dict[str, Tensor]:
    encoded = codes(autoencoder, watched(splits))
    return code_measures(autoencoder.code, encoded, encoded.shape[-1])


class Resampling(L.Callback):
    """Draws the weights of dead units anew before every so many epochs, see `resampling`."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def on_train_epoch_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        assert isinstance(module, AutoencoderModule)
        if due(self.config, trainer.current_epoch):
            data: ImageData = trainer.datamodule  # type: ignore[attr-defined] # Lightning sets it in `fit`
            state, pixels = trainer.optimizers[0].state_dict(), data.splits.train.pixels
            resample(module.autoencoder, state, pixels, self.config.seed, trainer.current_epoch)


class Checkpoints(L.Callback):
    """Writes last.ckpt into `folder` after each epoch and best.ckpt after those that the history calls best.

    Must come after the callback that fills the history. Replaces ModelCheckpoint of Lightning, which, monitored, writes
    last.ckpt only after the best epochs, and does not find the best checkpoint in a folder that was moved.
    """

    def __init__(self, folder: Path, history: History) -> None:
        self.folder, self.history = folder, history

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        assert isinstance(module, AutoencoderModule)
        if self.history.best_epoch == self.history.epochs:
            with module.averaged():
                trainer.save_checkpoint(self.folder / BEST)
        trainer.save_checkpoint(self.folder / LAST)
