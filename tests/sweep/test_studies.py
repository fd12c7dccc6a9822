"""The studies that come with the repository: each composes in every size, keeps its contract, and runs."""

import math
import re
from functools import cache
from pathlib import Path

import pytest

from narrows.runs import study
from narrows.runs.study import Study
from narrows.sweep.plan import Job
from support.configs import CONF
from support.sweeps import grid, hydra_for, records

STUDIES = sorted(str(path.relative_to(CONF / "study").with_suffix("")) for path in (CONF / "study").rglob("*.yaml"))
ASKED = {
    "bottleneck",
    "activation",
    "bottleneck_activation",
    "depth_width",
    "initialisation",
    "objective",
    "train_size",
}
SIZES = ("smoke", "quick", "full")


@cache
def planned(name: str, size: str) -> tuple[Study, list[Job]]:
    return grid(f"study={name}", f"size={size}")


def contract(name: str) -> dict[str, str]:
    """The lines that a study's file opens with, by their first word."""
    lines = (CONF / "study" / f"{name}.yaml").read_text().splitlines()
    assert lines[0] == "# @package _global_"
    header = [line.removeprefix("#").split(maxsplit=1) for line in lines[1:5]]
    return dict(header)


def test_every_study_that_was_asked_for_is_there():
    assert set(STUDIES) >= ASKED


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_opens_with_its_contract(name):
    assert list(contract(name)) == ["Question", "Command", "Time", "Expect"]
    assert contract(name)["Command"] == f"narrows train -m study={name} size=quick"
    assert contract(name)["Question"].endswith("?")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STUDIES)
def test_every_size_of_a_study_is_a_grid_of_valid_runs(name, size):
    asked, jobs = planned(name, size)
    assert [job.error for job in jobs if job.config is None] == []
    assert len(jobs) == math.prod(map(len, asked.axes.values()))
    assert (asked.name, asked.question) == (name, contract(name)["Question"])
    assert len({job.config.fingerprint() for job in jobs}) == len(jobs) > 1
    if counted := re.search(rf"{size}: (\d+) runs", contract(name)["Time"]):
        assert len(jobs) == int(counted[1])
    else:
        assert size == "smoke"


@pytest.mark.parametrize("name", STUDIES)
def test_sizes_ask_the_same_question(name):
    """The same axes and a baseline that is one of their levels; five seeds in full, three in quick.

    The GELU paper has three, and its net takes ten minutes of one core for a quick one.
    """
    axes = {size: planned(name, size)[0] for size in SIZES}
    full, quick = (3, 1) if name == "gelu" else (5, 3)
    assert axes["full"].axes["seed"] == list(range(full))
    assert len(axes["quick"].axes["seed"]) >= quick
    assert axes["smoke"].axes.keys() <= axes["quick"].axes.keys() == axes["full"].axes.keys()
    for size in ("quick", "full"):
        for key, level in axes[size].baseline.items():
            assert level in axes[size].axes[key]


@pytest.mark.parametrize("name", STUDIES)
def test_smoke_needs_no_files_and_each_size_a_folder_of_its_own(name):
    _, jobs = planned(name, "smoke")
    two = {"mnist", "fashion_mnist"}  # which no package ships; a study of both needs their files in every size
    own = {"arrays"} if name.startswith("claims/own_") else {"mnist5k"}  # whose files are inside packages
    assert {job.config.data.name for job in jobs} == (two if name == "claims/foreign" else own)
    folders = set()
    for size in SIZES:
        with hydra_for(f"study={name}", f"size={size}") as (master, _):
            folders.add(master.hydra.sweep.dir)
    assert folders == {f"outputs/{name}_smoke", f"outputs/{name}_quick", f"outputs/{name}"}


def test_an_unknown_size_is_one_line(command):
    outcome = command("train.py", "-m", "study=bottleneck", "size=huge")
    assert outcome.status == 2
    assert "huge" in outcome.line
    assert not any(Path().iterdir())


def test_a_smoke_study_runs_from_question_to_report(command):
    outcome = command("train.py", "-m", "study=objective", "size=smoke", "trainer=cpu")
    assert outcome.status == 0, outcome.err
    folder = Path("outputs/objective_smoke")
    left = records(folder)
    assert sorted(left) == [f"objective-{kind}_seed-{seed}" for kind in ("bce", "mse") for seed in (0, 1)]
    assert {one.status for one in left.values()} == {"done"}
    assert study.read(folder).question == contract("objective")["Question"]
    assert contract("objective")["Question"] in (folder / "report" / "report.md").read_text()
