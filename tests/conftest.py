"""What the tests share: configs composed as the command line does it, real digits, and one trained run."""

import hashlib
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from hypothesis import settings

import narrows
from narrows.config import Config
from narrows.data import download
from narrows.data.catalogue import CATALOGUE, Entry
from narrows.data.datamodule import Splits, split
from narrows.data.sources import Dataset, Images, load
from narrows.record import Record
from narrows.run import run

REPOSITORY = Path(__file__).parents[1]
CONF = REPOSITORY / "conf"

#: The smallest run that still trains: 4 steps an epoch on 512 of the 5,000 digits that need no files.
TINY = ("data=mnist5k", "data.train_size=512", "trainer=cpu", "trainer.max_epochs=2", "logger=none")

settings.register_profile("narrows", deadline=None)  # no test asserts a time
settings.load_profile("narrows")
torch.set_num_threads(1)  # parity is bit for bit, and two workers share two cores


def configure(*overrides: str) -> Config:
    """The checked config of `train.py OVERRIDES`."""
    return _configure(overrides, os.environ.get("NARROWS_DATA_DIR"))


@cache  # Hydra takes 0.1 s to compose one
def _configure(overrides: tuple[str, ...], data_folder: str | None) -> Config:
    return narrows.configure(*overrides)


#: What an option asks for besides.
NEEDS = {"data=arrays": "data.path=package:mlxtend/data/data/wine.csv"}


def composed(option: str) -> Config:
    return configure(option, *([NEEDS[option]] if option in NEEDS else []))


def tiny(*overrides: str) -> Config:
    return configure(*TINY, *overrides)


def checkpoint_of(folder: Path, name: str = "last") -> dict:
    return torch.load(folder / f"{name}.ckpt", weights_only=True)


def weights_of(folder: Path, name: str = "last") -> dict[str, torch.Tensor]:
    return checkpoint_of(folder, name)["state_dict"]


def same(one: object, other: object) -> bool:
    """Equal bit for bit, all the way down nested dicts and lists of tensors and plain values."""
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


class Outcome(NamedTuple):
    """What a command left at the terminal."""

    status: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line on stderr that a mistake is answered with."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


def script(name: str, *arguments: str, cwd: Path, **environment: str) -> Outcome:
    """A script of the repository as a process of its own."""
    done = subprocess.run(
        [sys.executable, REPOSITORY / "scripts" / name, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | environment,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Outcome]:
    """A script of the repository in this process (a new one would wait for torch) and in an empty folder."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")  # set by the scripts; taken back after the test

    def call(name: str, *arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        capfd.readouterr()
        status = 0
        try:
            runpy.run_path(str(REPOSITORY / "scripts" / name), run_name="__main__")
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


def data_folder(name: str) -> str:
    """Where the real files of a data set lie; the test that asks is skipped where they do not."""
    for root in filter(None, (os.environ.get("NARROWS_DATA_DIR"), REPOSITORY.parent / "shared" / "data")):
        folder = Path(root) / CATALOGUE[name].folder / "raw"
        if all((folder / file).is_file() for file in CATALOGUE[name].files):
            return str(root)
    pytest.skip(f"the files of {name} lie neither below NARROWS_DATA_DIR nor ../shared/data, and tests do not download")


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
