"""Data of the user's own, written into files, and the configs that read them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_iris
from torch import Tensor

from narrows.config.schema import Config
from narrows.data.preparation import Preparation
from narrows.data.sources import Dataset
from narrows.data.splits import Splits
from narrows.errors import UserError
from narrows.own.request import Request
from narrows.own.samples import Samples
from support.configs import configure

IRIS = load_iris(as_frame=True)
SUNSPOTS = "package:statsmodels/datasets/sunspots/sunspots.csv"
CHANGELOG = "package:lightning/pytorch/CHANGELOG.md"

LINEAR = ("model=linear", "model.bottleneck=2", "model.init=orthogonal", "schedule=one_cycle", "optimizer.lr=0.01")
CPU = ("trainer=cpu", "logger=none")
IRIS = load_iris(as_frame=True)
SUNSPOTS = "package:statsmodels/datasets/sunspots/sunspots.csv"
CHANGELOG = "package:lightning/pytorch/CHANGELOG.md"


def configure_own(path: Path | str, *overrides: str) -> Config:
    return configure("data=arrays", f"data.path={path}", *CPU, *overrides)


def flowers() -> pd.DataFrame:
    """Iris, its species by name."""
    return IRIS.data.assign(species=[str(IRIS.target_names[number]) for number in IRIS.target])


def write_digits(digits: Dataset, root: Path, count: int) -> Path:
    """Digits as PNGs, a folder for each label."""
    for number, (pixels, label) in enumerate(zip(digits.train.pixels[:count], digits.train.labels, strict=False)):
        (root / str(int(label))).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels[0].numpy()).save(root / str(int(label)) / f"{number}.png")
    return root


def everything(splits: Splits) -> torch.Tensor:
    return torch.cat([part.pixels for part in splits])


def sorted_rows(values: np.ndarray) -> np.ndarray:
    rows = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
    return rows[np.lexsort(rows.T)]


def refused(path: Path | str, *overrides: str) -> str:
    with pytest.raises(UserError) as error:
        configure_own(path, *overrides)
    assert "\n" not in str(error.value)
    return str(error.value)


def unscaled(preparation: Preparation, images: Tensor) -> Tensor:
    """The inverse of a preparation: numbers (N, C, H, W) in the units of the file."""
    return images * preparation.factor + preparation.shift


def request(path: Path, **options) -> Request:
    """A request for the rows in the file's order."""
    return Request(
        **{"path": path, "columns": None, "label": None, "window": None, "words": 9, "test_size": 0, **options}
    )


def numbers_of(samples: Samples) -> np.ndarray:
    return samples.values.reshape(len(samples.values), -1)
