"""Wall time of whole studies, from the command to the report: with each launcher, and for studies of growing size."""

import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from narrows.errors import UserError
from narrows.runs.provenance import git, versions

STUDY = ("data=mnist5k", "trainer=cpu", "model.bottleneck=2,4,8,16", "seed=range(15)")  # 60 runs of 20 epochs
LAUNCHERS = {
    "fleet": (),
    "basic": (),
    "joblib": ("hydra.launcher.n_jobs=2",),
}
#: Runs in a new process for each command, since the system reports the largest memory over all children of a process.
MEASURE = """
import resource, subprocess, sys, time
began = time.perf_counter()
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss)
sys.exit(status)
"""
COUNTS = (8, 32, 128, 512)  # runs of one epoch


def study(out: Path) -> None:
    """Time 60 runs of 20 epochs on mnist5k with each launcher."""
    seconds = {
        name: _seconds(f"hydra/launcher={name}", *options, *STUDY) | {"runs": 60} for name, options in LAUNCHERS.items()
    }
    targets = {"basic": "≥ 3 × fleet", "joblib": "≥ 1.5 × fleet"}
    _write_table("60 runs of 20 epochs on mnist5k", seconds, "fleet", targets, out)


def growth(out: Path) -> None:
    """Time fleets of 8 to 512 runs of one epoch: seconds per run, and the memory of the largest process."""
    common = ("hydra/launcher=fleet", "data=mnist5k", "trainer=cpu", "trainer.max_epochs=1", "model.bottleneck=3,8")
    seconds = {f"{count} runs": _seconds(*common, f"seed=range({count // 2})") | {"runs": count} for count in COUNTS}
    _write_table("Fleets in studies of growing size, one epoch on mnist5k", seconds, f"{COUNTS[0]} runs", {}, out)


def _seconds(*overrides: str) -> dict[str, float]:
    """Wall and CPU seconds of a multirun and its workers, and the memory of the largest of them in MB."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "narrows", "train", "-m", *overrides, f"hydra.sweep.dir={folder}/study"]
        done = subprocess.run([sys.executable, "-c", MEASURE, *command], capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"{shlex.join(command)}: {done.stderr.splitlines()[-1] if done.stderr else 'failed'}")
    wall, cpu, largest = map(float, done.stdout.split())
    return {"wall": wall, "cpu": cpu, "largest_mb": largest / 1000}


def _write_table(
    title: str, measured: Mapping[str, Mapping[str, float]], reference: str, targets: Mapping[str, str], out: Path
) -> None:
    """As `alternate.write_table`, for one measurement of each program."""
    table = Table("", "s / run", "CPU s / run", "study, s", "largest, MB", f"× {reference}", "target", title=title)
    base = measured[reference]["wall"] / measured[reference]["runs"]
    for name, numbers in measured.items():
        per_run = numbers["wall"] / numbers["runs"]
        cpu_per_run, ratio = numbers["cpu"] / numbers["runs"], per_run / base
        row: Sequence[float] = (per_run, cpu_per_run, numbers["wall"], numbers["largest_mb"], ratio)
        table.add_row(name, *(f"{value:.2f}" for value in row), targets.get(name, ""))
    Console(width=110).print(table)
    content = {"title": title, "seconds": measured, "versions": versions(), "git": git()}
    out.write_text(json.dumps(content, indent=2) + "\n")
    print(out)
