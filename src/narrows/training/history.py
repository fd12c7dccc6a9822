"""The curves of a run: one number an epoch, for the logger, the checkpoint and the record alike."""

from collections import defaultdict
from math import isfinite
from time import perf_counter
from typing import Any

import lightning as L

from narrows.errors import Diverged
from narrows.training.module import AutoencoderModule


class History(L.Callback):
    """Collects loss, learning rate and speed of each epoch, and goes into the checkpoint with them.

    Curves: `train/loss` is the mean over the epoch while the weights moved, `val/loss` the mean after it; `lr` is the
    rate that the epoch ended with, its schedule's for the next step; `seconds` the time of its training steps;
    `images_per_second` of those.
    Raises Diverged when a validation loss is not finite.
    """

    def __init__(self) -> None:
        self.curves: dict[str, list[float]] = defaultdict(list)

    @property
    def epochs(self) -> int:
        return len(self.curves.get("train/loss", []))

    def on_train_epoch_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self.began = perf_counter()
        self.seconds = 0.0

    def on_train_batch_end(self, *_: Any) -> None:  # noqa: ANN401 - Lightning's arguments, none needed
        self.seconds = perf_counter() - self.began  # the last one stands: validation comes after it

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        assert isinstance(module, AutoencoderModule)
        images = module.counts["train"]
        row = {"train/loss": module.mean_loss("train")}
        if "val" in module.sums:
            row["val/loss"] = loss = module.mean_loss("val")
            if not isfinite(loss):
                where = f"epoch {self.epochs + 1}, step {trainer.global_step}"
                raise Diverged(f"the validation loss became {loss} in {where}")
        row["lr"] = trainer.optimizers[0].param_groups[0]["lr"]
        row["seconds"] = self.seconds
        row["images_per_second"] = images / self.seconds
        self._add(trainer, module, row)

    def _add(self, trainer: L.Trainer, module: AutoencoderModule, row: dict[str, float]) -> None:
        for name, value in row.items():
            self.curves[name].append(value)
        if trainer.logger:
            trainer.logger.log_metrics(row, step=self.epochs)
        if "val/loss" in row:
            module.log("val/loss", row["val/loss"], logger=False)  # for callbacks that monitor it

    def on_fit_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Write the epochs before an interruption again, so that one event file shows one whole curve."""
        for epoch in range(self.epochs):
            row = {name: values[epoch] for name, values in self.curves.items()}
            if trainer.logger:
                trainer.logger.log_metrics(row, step=epoch + 1)

    def state_dict(self) -> dict[str, Any]:
        return {"curves": dict(self.curves)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.curves = defaultdict(list, state["curves"])
