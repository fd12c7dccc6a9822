"""One line at the terminal while a run trains."""

import sys
from typing import Any

import lightning as L
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from narrows.runs.hidden_progress import is_hidden
from narrows.runs.history import History


class ProgressBar(L.Callback):
    """Epoch, losses and time left of the whole run, on stderr; nothing if that is no terminal or progress is hidden."""

    def __init__(self, history: History) -> None:
        self.history = history
        columns = (
            TextColumn("epoch"),
            MofNCompleteColumn(),
            BarColumn(),
            TextColumn("{task.fields[losses]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
        )
        disable = is_hidden() or not sys.stderr.isatty()
        self.progress = Progress(*columns, console=Console(stderr=True), disable=disable)

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self.progress.start()
        self.task = self.progress.add_task("", total=trainer.max_epochs, completed=trainer.current_epoch, losses="")

    def on_train_batch_end(self, trainer: L.Trainer, *_: Any) -> None:  # noqa: ANN401 - Lightning's, none needed
        self.progress.advance(self.task, 1 / trainer.num_training_batches)

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        curves = self.history.curves
        losses = "  ".join(f"{name} {curves[name][-1]:.5f}" for name in ("train/loss", "val/loss") if name in curves)
        self.progress.update(self.task, losses=losses)

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self.progress.stop()

    def on_exception(self, trainer: L.Trainer, module: L.LightningModule, exception: BaseException) -> None:
        self.progress.stop()
