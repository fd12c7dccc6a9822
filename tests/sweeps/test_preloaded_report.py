"""When a sweep imports what its report needs."""

import subprocess
import sys

import pytest

from narrows.runs import record
from support.fleets import planned_runs

PROGRAM = """
import sys
from pathlib import Path
from narrows import report
from narrows.config.schema import Config
from narrows.sweeps import launch, train_fleet

launch.gpus = lambda runs: int(sys.argv[1])
conclude, wait, waits = train_fleet.FleetTraining._conclude, report.wait_for_preload, []
report.wait_for_preload = lambda: waits.append(1) or wait()

def watched(self, runs, splits):
    conclude(self, runs, splits)
    if runs:
        print("narrows.report.write_report" in sys.modules, len(waits))

train_fleet.FleetTraining._conclude = watched
configs = [Config.model_validate_json(text) for text in sys.argv[3:]]
runs = [(config, Path(sys.argv[2]) / str(number)) for number, config in enumerate(configs)]
launch.launch(runs, launch.Options(max_size=None, processes=1, cluster=None, parameters=None), "continue")
"""


@pytest.mark.parametrize(("gpus", "imported"), [(0, "False"), (1, "True")])
def test_only_while_a_gpu_trains_this_process_imports_the_report(tmp_path, gpus, imported):
    """Completely, before runs are evaluated: evaluations import some of the same packages. A CPU's cores are busy.

    It waits for the imports once, when the runs end, and not in the epochs before.
    """
    runs = planned_runs(tmp_path, "trainer.max_epochs=2")[:2]
    configs = [config.model_dump_json() for config, _ in runs]
    command = [sys.executable, "-c", PROGRAM, str(gpus), str(tmp_path), *configs]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == f"{imported} 1"
    assert all(record.read(tmp_path / name).status == "done" for name in ("0", "1"))
