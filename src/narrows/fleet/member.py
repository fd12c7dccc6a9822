"""A member of a fleet: the state of one run, with unpadded weights."""

from math import ceil
from pathlib import Path
from typing import Any

from torch import Tensor

from narrows.config.schema import Config
from narrows.data.splits import Splits
from narrows.errors import Diverged
from narrows.fleet.on_cpu import on_cpu
from narrows.fleet.stack import Tensors
from narrows.models.autoencoder import Autoencoder
from narrows.noise.counter_noise import restore, run_noise
from narrows.runs import checkpoint
from narrows.runs.history import History
from narrows.runs.provenance import versions
from narrows.runs.run_folder import BEST, LAST
from narrows.training.denormals import flushed
from narrows.training.divergence import divergence, validation_divergence
from narrows.training.lightning_loops import loops
from narrows.training.resampling import resample
from narrows.training.trainable import make_stages, make_trainable


class Member:
    """A run with its weights, noise, curves and optimiser state, as if it trained alone.

    While the fleet trains, current weights are in its stack; they are copied here by `Fleet.settle` and
    `Fleet.autoencoder`. Best weights and the optimiser's state, which only `Fleet.settle` copies, are on the CPU.
    `error` says where a loss was not finite. `splits` are those of the fleet; the member trains on the first of their
    training images, as many as its config says.
    """

    def __init__(self, config: Config, splits: Splits) -> None:
        self.config, self.width = config, config.model.bottleneck
        self.splits = splits._replace(train=splits.train[: config.data.train_size])
        self.images, device = len(self.splits.train), splits.train.pixels.device
        self.module = make_trainable(config, self.splits).to(device)
        self.history = History(config.objective.kl_warmup)
        self.noise = run_noise(config.seed, device)
        self.best: Tensors = {}
        self.optimizer: dict[str, Any] | None = None
        self.schedule: dict[str, Any] | None = None
        self.error = ""

    @property
    def autoencoder(self) -> Autoencoder:
        return self.module.autoencoder

    @property
    def order(self) -> tuple[int, int, int]:
        """Members of the same order see the same minibatches in this epoch."""
        return self.config.seed, self.images, self.history.epochs

    @property
    def settings(self) -> tuple[int, int, int, str, str]:
        """Members with equal settings share an optimiser. As a sort key it puts members with more images first."""
        trainer, schedule = self.config.trainer, self.config.schedule.name
        return -self.images, self.history.epochs, trainer.max_epochs, schedule, self.config.optimizer.model_dump_json()

    @property
    def over(self) -> bool:
        """Whether its training has ended: by an error, by patience or by the last epoch."""
        trainer = self.config.trainer
        return bool(self.error) or self.history.epochs >= trainer.max_epochs or self.history.stalled(trainer.patience)

    @property
    def improved(self) -> bool:
        """Whether its last epoch is its best so far."""
        return not self.error and self.history.best_epoch == self.history.epochs

    @property
    def steps(self) -> int:
        """Optimiser steps of an epoch."""
        return ceil(self.images / self.config.data.batch_size)

    @property
    def share(self) -> float:
        """The fraction of its epochs completed."""
        return self.history.epochs / self.config.trainer.max_epochs

    def pretrain(self) -> None:
        """Pretrain this member alone, before the fleet."""
        try:
            with flushed():
                for stage in make_stages(self.config, self.history):
                    stage.pretrain(self.module, self.splits.train.pixels, self.config.data.batch_size)
        except Diverged as error:
            self.error = str(error)

    def resample(self) -> None:
        """Draw the weights of dead units anew. The fleet has copied the weights and the optimiser's state here."""
        assert self.optimizer is not None
        pixels, epoch = self.splits.train.pixels, self.history.epochs
        resample(self.autoencoder, self.optimizer, pixels, self.config.seed, epoch)

    def note(self, curves: dict[str, float], diverged: Tensor | None = None) -> None:
        """Add an epoch to the history, or set `error` if a loss was not finite.

        `diverged` are the mean losses (S,) of the epoch's steps if one of them was not.
        """
        epoch = self.history.epochs
        self.error = "" if diverged is None else divergence(diverged, epoch, epoch * self.steps)
        if not self.error and "val/loss" in curves:
            self.error = validation_divergence(curves["val/loss"], epoch, (epoch + 1) * self.steps)
        if not self.error:
            self.history.add(curves)

    def trained(self) -> Autoencoder:
        """Its autoencoder with the best weights, in float32 and evaluation mode, as `checkpoint.load` reads it.

        To be called once its training has ended and its checkpoints are made: the last weights are overwritten.
        """
        for name, value in self.autoencoder.state_dict().items():  # which `load_state_dict` does four times as slowly
            value.copy_(self.best[name])
        return self.autoencoder.float().eval()

    def checkpoints(self) -> dict[str, dict[str, Any]]:
        """The content of best.ckpt and last.ckpt, on the CPU, from which the run can also be resumed alone.

        Only last.ckpt has the state of the noise generator, which is that of now and not of the best epoch.
        """
        current = {name: value.clone() for name, value in self.autoencoder.state_dict().items()}
        best = {"state_dict": checkpoint.module_state(self.best), checkpoint.CARD: self.module.card}
        last = {
            "state_dict": checkpoint.module_state(current),
            "optimizer_states": [self.optimizer],
            "lr_schedulers": [self.schedule],
            "callbacks": {"Curves": self.history.state_dict()},
            "loops": loops(self.history.epochs, self.steps),
            checkpoint.CARD: self.module.card | {"noise": self.noise.get_state()},
        }
        contents = {
            BEST: best | self._numbers(self.history.best_epoch),
            LAST: last | self._numbers(self.history.epochs),
        }
        return {name: on_cpu(content) for name, content in contents.items()}

    def _numbers(self, epochs: int) -> dict[str, Any]:
        return {
            "epoch": epochs - 1,
            "global_step": epochs * self.steps,
            "pytorch-lightning_version": versions()["lightning"],
        }

    def restore(self, start: Path) -> None:
        """Continue from the checkpoint `start`, written by a fleet or by the run alone, with best.ckpt beside it."""
        content = checkpoint.read(start)
        self.autoencoder.load_state_dict(checkpoint.weights(content))
        self.best = checkpoint.weights(checkpoint.read(start.with_name(BEST)))
        (self.optimizer,), (self.schedule,) = content["optimizer_states"], content["lr_schedulers"]
        restore(self.noise, content[checkpoint.CARD]["noise"], content["global_step"])
        self.history.load_state_dict(content["callbacks"]["Curves"])
