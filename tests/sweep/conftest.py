"""What the tests of sweeps share."""

import pytest

from narrows.run import run
from narrows.runs.record import Record
from support.fleets import planned_runs


@pytest.fixture(scope="session")
def alone(tmp_path_factory) -> dict[str, Record]:
    """The records of `planned_runs`, trained one after the other, by their folders' names."""
    return {folder.name: run(config, folder) for config, folder in planned_runs(tmp_path_factory.mktemp("alone"))}
