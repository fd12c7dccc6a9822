"""Studies, and TensorBoard serving them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from narrows import report
from narrows.run import run
from narrows.runs import study
from narrows.runs.study import Study
from support import arms_study
from support.boards import serving
from support.configs import tiny
from support.six_runs import AXES, RUNS

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--use-gl=angle",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]


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
def arms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three arms with two seeds and their report, in a folder whose name is full of special characters."""
    folder = tmp_path_factory.mktemp("studies") / "a (study) [of+arms] 1.0"
    arms_study.train(folder)
    report.write(folder)
    return folder


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    with serving(folder) as address:
        yield address


@pytest.fixture(scope="session")
def arms_address(arms: Path) -> Iterator[str]:
    with serving(arms) as address:
        yield address


@pytest.fixture(scope="session")
def both_address(folder: Path, arms: Path) -> Iterator[str]:
    """TensorBoard of both studies."""
    with serving(folder, arms) as address:
        yield address


@pytest.fixture(scope="session")
def get(address: str) -> Callable[..., bytes]:
    """The answer of one of TensorBoard's routes."""

    def fetch(route: str, **query: str) -> bytes:
        with urlopen(f"{address}/data/{route}?{urlencode(query)}") as answer:
            return answer.read()

    return fetch


@pytest.fixture(scope="session")
def browser() -> Iterator:
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@pytest.fixture
def page(browser) -> Iterator:
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.set_default_timeout(90_000)  # a machine that is busy with other tests
    yield page
    page.close()
