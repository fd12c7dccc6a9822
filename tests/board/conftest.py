"""A study of six runs, and TensorBoard serving it."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from narrows import report
from narrows.board import server
from narrows.run import run
from narrows.runs import study
from narrows.runs.study import Study
from support.configs import tiny
from support.six_runs import AXES, RUNS


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six runs of three kinds and their report; one holds nothing out, another one is trained on corrupted images."""
    folder = tmp_path_factory.mktemp("study")
    study.write(Study(name="six", question="Which?", command="none", axes=AXES, runs=RUNS), folder)
    for number, (name, levels) in enumerate(RUNS.items()):
        special = {0: ["data.val_size=0"], 1: ["corruption=masking"]}.get(number, [])
        overrides = [f"{key}={level}" for key, level in levels.items()]
        run(tiny("logger=tensorboard", "objective=bce", *overrides, *special), folder / name)
    report.write(folder)
    return folder


@pytest.fixture(scope="session")
def address(folder: Path) -> str:
    return server.start(folder)


@pytest.fixture(scope="session")
def get(address: str) -> Callable[..., bytes]:
    """The answer of one of TensorBoard's routes."""

    def fetch(route: str, **query: str) -> bytes:
        with urlopen(f"{address}/data/{route}?{urlencode(query)}") as answer:
            return answer.read()

    return fetch
