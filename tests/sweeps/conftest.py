"""What the tests of sweeps share."""

import shutil
from pathlib import Path

import pytest

from narrows.run import run
from narrows.runs.record import Record
from support.fleets import planned_runs
from support.outcomes import Outcome, script
from support.sweeps import AXES, FOLDER, ONE_BY_ONE


@pytest.fixture(scope="session")
def alone(tmp_path_factory) -> dict[str, Record]:
    """The records of `planned_runs`, trained one after the other, by their folders' names."""
    return {folder.name: run(config, folder) for config, folder in planned_runs(tmp_path_factory.mktemp("alone"))}


@pytest.fixture(scope="session")
def swept(tmp_path_factory) -> tuple[Path, Outcome]:
    """The one sweep that most tests look at or go on from, run as its own process."""
    folder = tmp_path_factory.mktemp("swept")
    outcome = script("train", "-m", *ONE_BY_ONE, *AXES, cwd=folder)
    assert outcome.status == 0, outcome.err
    return folder / FOLDER, outcome


@pytest.fixture
def sweep(command):
    """`train.py -m` on small runs, in this process and in an empty folder."""

    def call(*arguments: str) -> Outcome:
        return command("train", "-m", *ONE_BY_ONE, *arguments)

    return call


@pytest.fixture
def done(sweep, swept) -> Path:
    """A copy of the finished sweep where the next call of `sweep` finds it."""
    shutil.copytree(swept[0], FOLDER)
    return FOLDER
