"""Configs composed as the command line does it, and where the repository and the real files lie."""

import os
from functools import cache
from pathlib import Path

import pytest

import narrows
from narrows.config.catalogue import CATALOGUE
from narrows.config.schema import Config
from support.dsprites_file import dsprites_file

REPOSITORY = Path(__file__).parents[2]


CONF = REPOSITORY / "conf"


#: The smallest run that still trains: 4 steps an epoch on 512 of the 5,000 digits that need no files.
TINY = ("data=mnist5k", "data.train_size=512", "trainer=cpu", "trainer.max_epochs=2", "logger=none")


def configure(*overrides: str) -> Config:
    """The checked config of `narrows train OVERRIDES`."""
    return _configure(overrides, os.environ.get("NARROWS_DATA_DIR"))


@cache  # Hydra takes 0.1 s to compose one
def _configure(overrides: tuple[str, ...], data_folder: str | None) -> Config:
    return narrows.configure(*overrides)


#: What an option asks for besides.
NEEDS = {
    "data=arrays": ["data.path=package:mlxtend/data/data/wine.csv"],
    "data=dsprites": [f"data.path={dsprites_file()}", "data.test_size=30", "data.val_size=20", "data.batch_size=10"],
}
NEEDS |= {
    f"posterior={name}": ["code=variational"] for name in ("full_covariance", "iaf", "planar", "von_mises_fisher")
}
NEEDS |= {f"prior={name}": ["code=variational"] for name in ("mixture", "vamp", "flow")}
NEEDS |= {f"bound={name}": ["code=variational"] for name in ("iwae", "miwae", "ciwae", "piwae")}


def composed(option: str) -> Config:
    return configure(option, *NEEDS.get(option, []))


def tiny(*overrides: str) -> Config:
    return configure(*TINY, *overrides)


def changed(**changes: object) -> dict:
    """The default's plain values with some dotted keys (`__` for the dot) set."""
    values = configure().model_dump()
    for key, value in changes.items():
        *sections, name = key.split("__")
        section = values
        for part in sections:
            section = section[part]
        section[name] = value
    return values


def data_folder(name: str) -> str:
    """Where the real files of a data set lie; the test that asks is skipped where they do not."""
    for root in filter(None, (os.environ.get("NARROWS_DATA_DIR"), REPOSITORY.parent / "shared" / "data")):
        folder = Path(root) / CATALOGUE[name].folder / "raw"
        if all((folder / file).is_file() for file in CATALOGUE[name].files):
            return str(root)
    pytest.skip(f"the files of {name} lie neither below NARROWS_DATA_DIR nor ../shared/data, and tests do not download")
