"""`${hydra:…}`, `${now:…}` and `${oc.env:…}` on the command line: as in any Hydra application, under every launcher."""

import shlex
from pathlib import Path

import pytest
import yaml

from narrows.app.job_config import hydra_config_restored, set_hydra_config
from narrows.runs import study as studies
from support.outcomes import nothing_in
from support.sweeps import SMALL, hydra_for, read, records

JOB = "seed=${hydra:job.num}"
ROOT = "data.root=${hydra:runtime.cwd}/data"
AXIS = "model.bottleneck=2,3"


def planned(*arguments: str):
    """The jobs of `narrows train -m ARGUMENTS`, while HydraConfig is what a multirun sets."""
    with hydra_for(*arguments) as (master, loader), hydra_config_restored():
        set_hydra_config(master)
        return read(master, loader)[1]


def test_a_run_alone(command, monkeypatch):
    monkeypatch.setenv("NAME", "mine")
    outcome = command("train", *SMALL, ROOT, "name=${hydra:job.name}_${oc.env:NAME}")
    assert outcome.status == 0, outcome.err
    (run,) = records(Path("outputs/runs")).values()
    assert run.config["data"]["root"] == str(Path.cwd() / "data")
    assert Path("outputs/runs/train_command_mine").is_dir()


@pytest.mark.parametrize("launcher", ["fleet", "basic", pytest.param("joblib", marks=pytest.mark.slow)])
def test_a_study_under_each_launcher(command, launcher):
    typed = ("-m", *SMALL, AXIS, JOB, ROOT, "name=${hydra:job.name}", f"hydra/launcher={launcher}")
    outcome = command("train", *typed)
    assert outcome.status == 0, outcome.err
    folder = Path("outputs/train_command")
    assert {name: (run.seed, run.config["data"]["root"]) for name, run in records(folder).items()} == {
        "bottleneck-2": (0, str(Path.cwd() / "data")),
        "bottleneck-3": (1, str(Path.cwd() / "data")),
    }
    assert studies.read(folder).command == shlex.join(["narrows", "train", *typed])
    overrides = yaml.safe_load((folder / "bottleneck-3/.hydra/overrides.yaml").read_text())
    assert {JOB, f"++{ROOT}"} <= {*overrides} | {f"++{text}" for text in overrides}
    assert "++seed=1" in overrides
    assert "2 done already" in command("train", *typed).out


def test_a_search_records_what_was_trained(command):
    outcome = command("train", "-m", *SMALL, JOB, AXIS, "name=search", "hydra/sweeper=basic", "hydra/launcher=fleet")
    assert outcome.status == 0, outcome.err
    assert [run.seed for run in records(Path("outputs/search")).values()] == [0, 1]


@pytest.mark.parametrize(
    ("key", "value", "values"),
    [
        ("seed", "${hydra:job.num}", ["0", "1"]),
        ("data.root", "${hydra:job.num}/${hydra:runtime.choices.model}", ['"0/mlp"', '"1/mlp"']),
        ("data.root", "${hydra:sweep.subdir}", ["bottleneck-2", "bottleneck-3"]),
        ("data.classes", "[${hydra:job.num},7]", ["[0, 7]", "[1, 7]"]),
    ],
)
def test_each_job_has_its_own_value(key, value, values):
    jobs = planned(*SMALL, AXIS, f"{key}={value}")
    assert [job.resolved for job in jobs] == [[f"++{key}={value}"] for value in values]


def test_an_axis_of_interpolations_is_named_as_typed():
    jobs = planned("data.root=${hydra:runtime.cwd}/a,${hydra:runtime.cwd}/b", "model.bottleneck=2", *SMALL)
    assert [job.levels for job in jobs] == [{"data.root": f"${{hydra:runtime.cwd}}/{name}"} for name in "ab"]
    assert [job.config.data.root for job in jobs] == [f"{Path.cwd()}/{name}" for name in "ab"]


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (JOB, "seed=${hydra:job.num}: here seed=null: must be a valid integer"),
        ("seed=${oc.env:HOME}", "reads a number"),
        ("data.root=${oc.env:NOPE}", "data.root: an interpolation cannot be resolved: "),
        ("data.root=${nope:x}", "data.root: an interpolation cannot be resolved: Unsupported interpolation type nope"),
        ("data.root=${nope}", "data.root: interpolation key 'nope' not found; in a text, ${ is typed as \\${"),
    ],
)
def test_what_cannot_be_resolved_is_one_line(command, typed, line):
    outcome = command("train", *SMALL, typed)
    assert outcome.status == 2
    assert line in outcome.line
    assert nothing_in(Path())
