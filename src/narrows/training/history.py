"""The curves of a run: one number an epoch, for the logger, the checkpoint and the record alike."""

from collections import defaultdict
from math import inf, isfinite
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
    `pretraining` holds those of each pretrained layer, over epochs of their own. Callbacks that monitor `val/loss`
    see infinity in the first `warmup` epochs, whose losses are another objective's.
    Raises Diverged when a validation loss is not finite.
    """

    def __init__(self, warmup: int = 0) -> None:
        self.curves: dict[str, list[float]] = defaultdict(list)
        self.pretraining: dict[str, list[float]] = {}
        self.warmup = warmup

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
            monitored = row["val/loss"] if self.epochs > self.warmup else inf
            module.log("val/loss", monitored, logger=False)  # for callbacks that monitor it

    def on_fit_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Write the epochs before this part again, so that one event file shows one whole curve."""
        for name, values in (self.pretraining | self.curves).items():
            for epoch, value in enumerate(values, 1):
                if trainer.logger:
                    trainer.logger.log_metrics({name: value}, step=epoch)

    @property
    def best_epoch(self) -> int:
        """The epoch, counted from 1, with the lowest validation loss; the last where nothing is held out."""
        losses = self.curves.get("val/loss", [])
        if len(losses) <= self.warmup:  # all monitored losses are infinite alike: the first of them stays
            return 1 if losses else self.epochs
        return losses.index(min(losses[self.warmup :]), self.warmup) + 1

    def state_dict(self) -> dict[str, Any]:
        return {"curves": dict(self.curves), "pretraining": self.pretraining}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.curves, self.pretraining = defaultdict(list, state["curves"]), state["pretraining"]
