"""One run of a fleet: where it stands, in its own shapes."""

from typing import Any

import torch
from torch import Generator

from narrows.config import Config
from narrows.data.datamodule import ImageData, Splits
from narrows.errors import Diverged
from narrows.models.autoencoder import Autoencoder
from narrows.seeds import generator
from narrows.training.history import History
from narrows.training.make import make_module, make_pretraining
from narrows.training.stack import Tensors


class Member:
    """A run with its weights, generators, curves and optimiser as it would have them alone.

    While its fleet trains the weights are in the stack: those here are of the last `Fleet.settle`. `error` says where
    a loss was not finite; `splits` are those of the fleet, of which it trains on its own first images.
    """

    def __init__(self, config: Config, splits: Splits) -> None:
        self.config, self.width = config, config.model.bottleneck
        self.splits = splits._replace(train=splits.train[: config.data.train_size])
        self.images, device = len(self.splits.train), splits.train.pixels.device
        dtype = torch.float64 if config.trainer.precision == "64-true" else torch.float32
        self.module = make_module(config, self.splits).to(device, dtype)
        self.history = History(config.objective.kl_warmup)
        self.noise: Generator = generator(config.seed, "noise", device=device)
        self.best: Tensors = {}
        self.optimizer: dict[str, Any] | None = None
        self.schedule: dict[str, Any] | None = None
        self.error = ""

    @property
    def autoencoder(self) -> Autoencoder:
        return self.module.autoencoder

    @property
    def settings(self) -> tuple[int, str, str]:
        """What members that share an optimiser have in common; more images come first."""
        return -self.images, self.config.optimizer.model_dump_json(), self.config.schedule.name

    @property
    def over(self) -> bool:
        """Whether its training has ended: by an error, by patience or by the last epoch."""
        trainer = self.config.trainer
        return bool(self.error) or self.history.epochs >= trainer.max_epochs or self.history.stalled(trainer.patience)

    def pretrain(self) -> None:
        """What comes before the fleet, alone."""
        data = ImageData(self.splits, self.config.data.batch_size, self.config.seed)
        try:
            for stage in make_pretraining(self.config, self.history):
                stage.pretrain(self.module, data)
        except Diverged as error:
            self.error = str(error)

    def state_dict(self) -> dict[str, Any]:
        return {
            "weights": self.autoencoder.state_dict(),
            "best": self.best,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
            "noise": self.noise.get_state(),
            "history": self.history.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.autoencoder.load_state_dict(state["weights"])
        self.best, self.optimizer, self.schedule = state["best"], state["optimizer"], state["schedule"]
        self.noise.set_state(state["noise"])
        self.history.load_state_dict(state["history"])
