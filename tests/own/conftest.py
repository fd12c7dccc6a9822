"""Files that several tests read."""

from pathlib import Path

import pytest

from narrows.config.schema import Config
from narrows.run import run
from narrows.runs.record import Record
from support.own_data import LINEAR, configure_own, flowers


@pytest.fixture
def table(tmp_path: Path) -> Path:
    flowers().to_csv(tmp_path / "iris.csv", index=False)
    return tmp_path / "iris.csv"


@pytest.fixture
def flower_run(table, tmp_path) -> tuple[Config, Path, Record]:
    config = configure_own(table, *LINEAR, "data.label=species", "trainer.max_epochs=30")
    return config, tmp_path / "run", run(config, tmp_path / "run")
