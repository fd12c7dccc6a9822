"""What a fleet does not import: packages whose import takes longer than the evaluation of a run."""

import subprocess
import sys

import pytest

from narrows.runs import record
from support.fleets import planned_runs

UNUSED = ("lightning", "torchvision", "sklearn", "pandas", "hydra", "omegaconf", "torch._dynamo")
PROGRAM = """
import sys
from pathlib import Path
from narrows.sweeps.train_fleet import train
from narrows.config.schema import Config

configs = [Config.model_validate_json(text) for text in sys.argv[2:]]
train(configs, [Path(sys.argv[1]) / str(number) for number in range(len(configs))], 0, 1, "continue")
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> set[str]:
    """The modules in a process after it has trained a fleet of two runs."""
    folder = tmp_path_factory.mktemp("fleet")
    configs = [
        config.model_dump_json() for config, _ in planned_runs(folder, "trainer.max_epochs=1", "logger=tensorboard")[:2]
    ]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), *configs], capture_output=True, text=True, check=True
    )
    assert all(record.read(folder / name).status == "done" for name in ("0", "1"))
    return set(done.stdout.split())


@pytest.mark.parametrize("package", UNUSED)
def test_a_fleet_does_not_import(package, imported):
    assert package not in imported
