"""What the tests share: configs composed as the command line does it, real digits, and one trained run."""

import os

os.environ.setdefault("TRITON_INTERPRET", "1")  # Triton reads it when torch imports it: its kernels then run on a CPU

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import settings

import narrows
from narrows.app.main import main
from narrows.config.catalogue import CATALOGUE, Entry
from narrows.config.schema import Config
from narrows.data import download
from narrows.data.sources import Dataset, Images, load
from narrows.data.splits import Splits, split
from narrows.run import run
from narrows.runs.record import Record
from narrows.trained.trained_autoencoder import TrainedAutoencoder
from support.configs import data_folder, tiny
from support.few import FEW
from support.outcomes import Outcome

settings.register_profile("narrows", deadline=None)  # no test asserts a time
settings.load_profile("narrows")
torch.set_num_threads(1)  # parity is bit for bit, and two workers share two cores


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Outcome]:
    """`narrows ARGUMENTS` in this process (a new one would wait for torch) and in an empty folder."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")  # set by the scripts; taken back after the test

    def call(name: str = "", *arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", sys.argv)  # set by Hydra's commands
        capfd.readouterr()
        status = 0
        try:
            main([name, *arguments] if name else [])
        except SystemExit as exit_:
            status = exit_.code or 0
        return Outcome(status, *capfd.readouterr())

    return call


@pytest.fixture(autouse=True)
def seeded() -> None:
    """What a test draws without a generator is the same each time."""
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def no_download(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests use what lies there; those of the download bring their own sources."""

    def refuse(*_: object) -> Path:
        raise OSError("tests do not download")

    monkeypatch.setattr(download, "_torchvision", refuse)
    monkeypatch.setattr(download, "_npm", refuse)


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    return load("mnist", data_folder("mnist"))


@pytest.fixture(scope="session")
def digits() -> Dataset:
    """Real digits on every machine."""
    return load("mnist5k", "")


@pytest.fixture(scope="session")
def splits(digits: Dataset) -> Splits:
    return split(digits, val_size=500, train_size=512)


class FewMnist(NamedTuple):
    """A data set called mnist with 60 + 20 real digits, in the files and format of the whole one."""

    entry: Entry
    train: Images
    test: Images
    files: dict[str, bytes]

    def folder(self, root: Path) -> Path:
        return root / self.entry.folder / "raw"

    def write(self, folder: Path) -> None:
        for file, content in self.files.items():
            (folder / file).write_bytes(content)

    def put(self, root: Path) -> None:
        self.folder(root).mkdir(parents=True)
        self.write(self.folder(root))


def idx(values: torch.Tensor) -> bytes:
    """LeCun's format: 0, 0, 8 for bytes, the number of dimensions, each big-endian in four bytes, the values."""
    sizes = b"".join(size.to_bytes(4) for size in values.shape)
    return bytes([0, 0, 8, values.dim()]) + sizes + values.byte().numpy().tobytes()


@pytest.fixture
def few_mnist(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> FewMnist:
    train, test = digits.train[:60], digits.test[:20]
    contents = (idx(values) for part in (train, test) for values in (part.pixels.squeeze(1), part.labels))
    files = dict(zip(CATALOGUE["mnist"].files, contents, strict=True))
    checksums = {file: hashlib.sha256(content).hexdigest() for file, content in files.items()}
    classes = {str(digit): count for digit, count in enumerate(train.labels.bincount().tolist())}
    few = FewMnist(Entry(len(train), len(test), checksums, "MNIST", classes), train, test, files)
    monkeypatch.setitem(CATALOGUE, "mnist", few.entry)
    return few


class Trained(NamedTuple):
    """A run that is done."""

    config: Config
    folder: Path
    record: Record


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """One run with everything on, for the many tests that only look at it."""
    config, folder = tiny("trainer.max_epochs=3", "logger=tensorboard"), tmp_path_factory.mktemp("runs") / "trained"
    return Trained(config, folder, run(config, folder))


@pytest.fixture(scope="session")
def images(digits: Dataset) -> np.ndarray:
    """Real digits as an array, bytes (100, 28, 28)."""
    return digits.test.pixels[:100, 0].numpy()


@pytest.fixture(scope="session")
def of_digits(images: np.ndarray) -> TrainedAutoencoder:
    """An autoencoder that `narrows.fit` has trained on `images`."""
    return narrows.fit(images, bottleneck=3, **FEW)
