"""`narrows bench run`: the cost of Lightning, TensorBoard and data loading over a plain loop, for the default model."""

import tempfile
import warnings
from functools import partial
from pathlib import Path

import lightning as L
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from torch import nn
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

from narrows.bench.alternate import alternate, write_table
from narrows.board.board import make_board
from narrows.build import build
from narrows.config.data_section import Known
from narrows.config.schema import Config
from narrows.data.sources import as_floats
from narrows.data.splits import Splits, splits_of
from narrows.models.autoencoder import Autoencoder
from narrows.runs.history import History
from narrows.training.datamodule import ImageData
from narrows.training.fit import fit
from narrows.training.make import make_module

OURS, PLAIN, TOTENSOR = "narrows", "plain loop", "Lightning + ToTensor"
EPOCHS = 2  # per turn; Lightning with ToTensor trains one, which takes 13 s


def bench(config: Config, rounds: int, out: Path) -> None:
    """Time the three programs on the model and data of `config`, with the validation loss after each epoch."""
    torch.set_num_threads(1)
    splits = splits_of(config.data)
    programs = {
        OURS: partial(_ours, config, splits),
        PLAIN: partial(plain, config, splits),
        TOTENSOR: partial(_totensor, config),
    }
    times = alternate(programs, rounds)
    write_table("784-128-64-12-3 on MNIST, one thread", times, PLAIN, {OURS: "≤ 1.25", TOTENSOR: "≥ 4 × narrows"}, out)


def _ours(config: Config, splits: Splits) -> int:
    with tempfile.TemporaryDirectory() as folder:
        data, board = ImageData(splits, config.data.batch_size, config.seed), make_board(Path(folder), config, splits)
        trainer = config.trainer.model_copy(update={"max_epochs": EPOCHS})
        fit(make_module(config, splits), data, History(), trainer, board, Path(folder), start=None)
    return EPOCHS


def plain(config: Config, splits: Splits) -> int:
    """Train in a plain PyTorch loop, on the device of the images; returns the number of epochs."""
    autoencoder = build(config.model, config.code, (1, 28, 28)).to(splits.train.pixels.device)
    optimizer = torch.optim.Adam(autoencoder.parameters(), config.optimizer.lr, fused=True)
    train, val = splits.train.pixels, splits.val.pixels
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(train)).split(config.data.batch_size):
            images = as_floats(train[rows])
            loss = nn.functional.mse_loss(autoencoder.reconstruct(images), images)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            nn.functional.mse_loss(autoencoder.reconstruct(as_floats(val)), as_floats(val))
    return EPOCHS


class Tutorial(L.LightningModule):
    """The autoencoder as Lightning's tutorials write it: automatic optimisation, `self.log` in every step."""

    def __init__(self, autoencoder: Autoencoder, lr: float) -> None:
        super().__init__()
        self.autoencoder, self.lr = autoencoder, lr

    def _loss(self, batch: list[torch.Tensor], name: str) -> torch.Tensor:
        images, _ = batch
        loss = nn.functional.mse_loss(self.autoencoder.reconstruct(images), images)
        self.log(name, loss)
        return loss

    def training_step(self, batch: list[torch.Tensor], batch_idx: int) -> torch.Tensor:
        return self._loss(batch, "train_loss")

    def validation_step(self, batch: list[torch.Tensor], batch_idx: int) -> None:
        self._loss(batch, "val_loss")

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.autoencoder.parameters(), self.lr)


def _totensor(config: Config) -> int:
    assert isinstance(config.data, Known)
    images = MNIST(config.data.root, transform=ToTensor())
    rest = len(images) - config.data.val_size
    train = DataLoader(Subset(images, range(rest)), config.data.batch_size, shuffle=True)
    val = DataLoader(Subset(images, range(rest, len(images))), config.data.batch_size)
    module = Tutorial(build(config.model, config.code, (1, 28, 28)), config.optimizer.lr)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        logger = TensorBoardLogger(folder)
        trainer = L.Trainer(
            accelerator="cpu",
            max_epochs=1,
            logger=logger,
            default_root_dir=folder,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module, train, val)
    return 1
