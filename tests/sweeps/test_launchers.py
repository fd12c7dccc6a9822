"""Hydra's own launchers and Optuna, really run: the same records as a run alone, wherever it was trained."""

import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from narrows.run import run
from support.configs import CONF
from support.outcomes import script
from support.sweeps import SMALL, all_numbers, grid, hydra_for, numbers, records

AXIS = "model.bottleneck=2,3"
SWEEP = ("-m", *SMALL, AXIS, "hydra.sweep.dir=study")


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> dict[str, dict]:
    """The runs of the axis, each trained by `run` in this process."""
    folder = tmp_path_factory.mktemp("alone")
    return {job.name: numbers(run(job.config, folder / job.name)) for job in grid(*SMALL, AXIS)[1]}


def assert_done(folder: Path, outcome, alone: dict[str, dict]) -> None:
    assert outcome.status == 0, outcome.err
    assert all_numbers(folder) == alone
    assert (folder / "report" / "report.html").is_file()
    assert outcome.out.splitlines()[0] == "2 runs: 2 to train"


def test_joblib_trains_the_same_runs_whose_processes_find_the_users_configs(tmp_path, alone):
    (tmp_path / "own" / "optimizer").mkdir(parents=True)
    shutil.copy(CONF / "optimizer" / "adam.yaml", tmp_path / "own" / "optimizer" / "mine.yaml")
    options = ("--config-dir", "own", "optimizer=mine", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    outcome = script("train", *SWEEP, *options, cwd=tmp_path)
    assert_done(tmp_path / "study", outcome, alone)


@pytest.mark.slow
def test_submitit_trains_the_same_runs_as_local_processes(tmp_path, alone):
    outcome = script("train", *SWEEP, "hydra/launcher=submitit_local", cwd=tmp_path)
    assert_done(tmp_path / "study", outcome, alone)


@pytest.mark.slow
def test_hydras_ray_launcher_trains_the_same_runs(tmp_path, alone):
    pytest.importorskip("hydra_plugins.hydra_ray_launcher", reason="an extra of its own: narrows[ray-launcher]")
    outcome = script("train", *SWEEP, "hydra/launcher=ray", cwd=tmp_path)
    assert_done(tmp_path / "study", outcome, alone)


@pytest.mark.slow
def test_a_failed_run_is_reported_with_every_launcher(tmp_path):
    arms = ("model.output=linear", "optimizer=sgd", "optimizer.lr=1e9,-1,0.1", "hydra.sweep.dir=study")
    outcome = script("train", "-m", *SMALL, *arms, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", cwd=tmp_path)
    assert outcome.status == 1
    assert {name: record.status for name, record in records(tmp_path / "study").items()} == {
        "lr-1000000000.0": "failed",
        "lr--1": "refused",
        "lr-0.1": "done",
    }
    assert [len(re.findall(f"^{state}: ", outcome.err, re.MULTILINE)) for state in ("refused", "failed")] == [1, 1]


# --- Slurm: a scheduler that keeps what was submitted and really runs it, here and at once

SBATCH = """
import os, re, shutil, subprocess, sys
from pathlib import Path
here, script = Path(__file__).parent, Path(sys.argv[1])
shutil.copy(script, here / "submission.sh")
script = here / "submission.sh"  # as Slurm keeps it: submitit renames its own once this returns
last = int(re.search(r"--array=0-(\\d+)", script.read_text())[1])
for index in range(last + 1):
    names = {"SLURM_JOB_ID": str(1234 + index), "SLURM_ARRAY_JOB_ID": "1234", "SLURM_ARRAY_TASK_ID": str(index)}
    log = (here / f"batch_{index}.log").open("w")
    finished = here / f"finished_{index}"
    subprocess.Popen(["bash", "-c", f'bash "{script}"; echo $? > "{finished}"'], env=os.environ | names, stdout=log,
                     stderr=log, start_new_session=True)
print("Submitted batch job 1234")
"""
SRUN = """
import os, subprocess, sys
from pathlib import Path
rest, streams = sys.argv[1:], {}
while rest[0].startswith("--"):
    option = rest.pop(0)
    if option in ("--output", "--error"):
        streams[option] = rest.pop(0)
marks = {"%A": os.environ["SLURM_ARRAY_JOB_ID"], "%a": os.environ["SLURM_ARRAY_TASK_ID"], "%t": "0"}
def opened(path):
    for mark, text in marks.items():
        path = path.replace(mark, text)
    return open(path, "a")
task = {"SLURM_PROCID": "0", "SLURM_LOCALID": "0", "SLURM_NODEID": "0", "SLURM_NTASKS": "1", "SLURM_JOB_NUM_NODES": "1"}
sys.exit(subprocess.call(rest, env=os.environ | task, stdout=opened(streams["--output"]),
                         stderr=opened(streams["--error"])))
"""
SACCT = """
from pathlib import Path
here = Path(__file__).parent
print("JobID|State|NodeList")
for index in range(len(list(here.glob("batch_*.log")))):
    state = "COMPLETED" if (here / f"finished_{index}").exists() else "RUNNING"
    print(f"1234_{index}|{state}|node")
"""


@pytest.fixture
def cluster(tmp_path, monkeypatch) -> Path:
    """The folder of a Slurm that is found first."""
    folder = tmp_path / "slurm"
    folder.mkdir()
    for name, code in {"sbatch": SBATCH, "srun": SRUN, "sacct": SACCT}.items():
        (folder / f"{name}.py").write_text(code)
        (folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" "{folder / name}.py" "$@"\n')
        (folder / name).chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    assert shutil.which("sbatch") == str(folder / "sbatch")
    return folder


#: What each of our launchers must request of Slurm.
REQUESTED = {
    "slurm_cpu": {"cpus-per-task": "1", "mem": "8GB", "time": "240"},
    "slurm_gpu": {"cpus-per-task": "4", "mem": "16GB", "time": "240", "gpus-per-node": "1"},
}


@pytest.mark.slow
@pytest.mark.parametrize("launcher", REQUESTED)
def test_slurm_gets_the_right_requests_and_its_jobs_train_the_same_runs(tmp_path, cluster, alone, launcher):
    options = (f"hydra/launcher={launcher}", "hydra.launcher.partition=short", "hydra.launcher.array_parallelism=1")
    outcome = script("train", *SWEEP, *options, cwd=tmp_path)
    assert_done(tmp_path / "study", outcome, alone)
    submitted = dict(re.findall(r"^#SBATCH --([\w-]+)=(.+)$", (cluster / "submission.sh").read_text(), re.MULTILINE))
    assert submitted.items() >= {"partition": "short", "array": "0-1%1", "nodes": "1", **REQUESTED[launcher]}.items()
    assert ("gpus-per-node" in submitted) == (launcher == "slurm_gpu")


@pytest.mark.parametrize("launcher", REQUESTED)
def test_the_slurm_launchers_compose(launcher):
    with hydra_for(f"hydra/launcher={launcher}", AXIS, "hydra.launcher.partition=short") as (master, _):
        chosen = master.hydra.launcher
    assert chosen._target_.endswith("SlurmLauncher")
    assert (chosen.partition, chosen.timeout_min) == ("short", 240)
    assert f"{chosen.mem_gb}GB" == REQUESTED[launcher]["mem"]
    assert chosen.get("gpus_per_node") == (1 if launcher == "slurm_gpu" else None)


def test_slurm_without_a_cluster_is_reported(command):
    outcome = command("train", *SWEEP, "hydra/launcher=slurm_cpu")
    assert outcome.status == 1
    assert "srun" in outcome.err
    assert "Traceback" not in outcome.err
    assert len(re.findall("^missing: .*: no record$", outcome.err, re.MULTILINE)) == 2
    assert not list(Path("study").glob("*/record.json"))


# --- plugins that are not there

WITHOUT = """
import pkgutil, sys
walk, hidden = pkgutil.walk_packages, sys.argv[1]
def without(*arguments, **options):
    return (module for module in walk(*arguments, **options) if not module.name.startswith(hidden))
pkgutil.walk_packages = without
from narrows.app.main import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize(
    ("choice", "plugin", "extra"),
    [
        ("hydra/launcher=joblib", "hydra_joblib_launcher", "joblib"),
        ("hydra/launcher=submitit_local", "hydra_submitit_launcher", "submitit"),
        ("hydra/launcher=slurm_cpu", "hydra_submitit_launcher", "submitit"),
        ("hydra/launcher=ray", "hydra_ray_launcher", "ray-launcher"),
        ("hydra/sweeper=optuna", "hydra_optuna_sweeper", "optuna"),
        ("hydra/sweeper=search", "hydra_optuna_sweeper", "optuna"),
    ],
)
def test_a_plugin_that_is_not_installed_is_named_with_its_extra(tmp_path, choice, plugin, extra):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, f"hydra_plugins.{plugin}", "train", *SWEEP, choice],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert "not installed" in line
    assert f"[{extra}]" in line
    assert not any(tmp_path.iterdir())
