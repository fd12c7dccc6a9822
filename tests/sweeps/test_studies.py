"""The studies of the repository: each composes in every size, states its contract, and one runs to its report."""

import math
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from narrows.runs import study as studies_on_disk
from narrows.runs.study import Study
from narrows.sweeps.plan import Job
from support.configs import CONF
from support.sweeps import grid, hydra_for, read, records

STUDIES = sorted(str(path.relative_to(CONF / "study").with_suffix("")) for path in (CONF / "study").rglob("*.yaml"))
REQUIRED = {
    "bottleneck",
    "activation",
    "bottleneck_activation",
    "depth_width",
    "initialisation",
    "objective",
    "train_size",
}
SIZES = ("smoke", "quick", "full")
SEARCHED = {"optimizer.lr", "data.train_size"}  # one value may do in a smaller size
GENERATED = {
    "sparse_dictionary": {"synthetic_dictionary"},
    "published/korznikov2026": {"synthetic_dictionary"},
    "disentanglement": {"sprites"},
}
RECORDS = [name for name in STUDIES if name.startswith("records/")]


class Planned(NamedTuple):
    study: Study
    jobs: list[Job]
    folder: str


@cache
def planned(name: str, size: str) -> Planned:
    with hydra_for(f"study={name}", f"size={size}") as (master, loader):
        return Planned(*read(master, loader), master.hydra.sweep.dir)


def source(name: str) -> str:
    return (CONF / "study" / f"{name}.yaml").read_text()


def contract(name: str) -> dict[str, str]:
    """The comments at the top of a study's file, by their first word."""
    lines = source(name).splitlines()
    assert lines[0] == "# @package _global_"
    return dict(line.removeprefix("#").split(maxsplit=1) for line in lines[1:4])


def question(name: str) -> str:
    text: str = yaml.safe_load(source(name))["study"]["question"]
    return text


def test_every_required_study_exists():
    assert set(STUDIES) >= REQUIRED


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_opens_with_its_contract(name):
    assert list(contract(name)) == ["Command", "Time", "Expect"]
    paper = name.removeprefix("published/")
    size = "full" if name in RECORDS else "quick"
    published = f"narrows published size=full only={paper}"
    assert contract(name)["Command"] == (f"narrows train -m study={name} size={size}" if paper == name else published)


@pytest.mark.parametrize("name", STUDIES)
def test_a_file_states_its_question_once_and_names_its_levels(name):
    """The sweeper takes the sizes by itself, and a new activation must not become a level of an old study."""
    assert question(name).endswith("?")
    assert source(name).count(question(name)) == 1
    assert "sweeper" not in source(name)
    assert "${activations:}" not in source(name)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STUDIES)
def test_every_size_of_a_study_is_a_grid_of_valid_runs(name, size):
    study, jobs, _ = planned(name, size)
    assert [job.error for job in jobs if job.config is None] == []
    have_all_axes = all(job.levels.keys() == study.axes.keys() for job in jobs)
    assert len(jobs) == math.prod(map(len, study.axes.values())) or not have_all_axes
    assert (study.name, study.question) == (name, question(name))
    assert len({job.config.fingerprint() for job in jobs}) == len(jobs) > 1
    if counted := re.search(rf"{size}: (\d+) runs", contract(name)["Time"]):
        assert len(jobs) == int(counted[1])
    else:
        assert size == "smoke"


@pytest.mark.parametrize("name", [name for name in RECORDS if f"{name}_search" in RECORDS])
def test_a_record_is_scored_with_other_seeds_than_it_was_searched_with(name):
    record, search = (planned(study, "full").study.axes["seed"] for study in (name, f"{name}_search"))
    assert len(record) >= 3
    assert not set(record) & set(search)


@pytest.mark.parametrize("name", [name for name in STUDIES if name not in RECORDS])
def test_sizes_ask_the_same_question(name):
    """The same axes and a baseline that is one of their levels; five seeds in full, three in quick.

    Papers of deep networks have three, which train for hours, and so has the control that no run survives.
    """
    studies = {size: planned(name, size).study for size in SIZES}
    seeds = studies["full"].axes["seed"]
    assert seeds == list(range(len(seeds)))
    assert len(seeds) >= (3 if name.startswith("published/") or name == "claims/stability_broken" else 5)
    assert len(studies["quick"].axes["seed"]) >= 3
    smoke, quick, full = (studies[size].axes.keys() - SEARCHED for size in SIZES)
    assert smoke <= quick == full
    for size in ("quick", "full"):
        for key, level in studies[size].baseline.items():
            assert level in studies[size].axes[key]


@pytest.mark.parametrize("name", STUDIES)
def test_smoke_needs_no_files_and_each_size_has_its_own_folder(name):
    jobs = planned(name, "smoke").jobs
    both = {"mnist", "fashion_mnist"}  # no package ships Fashion-MNIST; a study of both needs files in every size
    packaged = {"arrays"} if name.startswith("claims/own_") else {"mnist5k"}  # whose files are inside packages
    packaged = GENERATED.get(name, packaged)  # which have no files
    assert {job.config.data.name for job in jobs} == (both if name == "claims/foreign" else packaged)
    assert {planned(name, size).folder for size in SIZES} == {
        f"outputs/{name}_smoke",
        f"outputs/{name}_quick",
        f"outputs/{name}",
    }


# --- the axes of a study, by default and by its file

OWN = """# @package _global_
study:
  name: own
  question: Does it work?
  sizes:
    full: {model.bottleneck: "2,3", seed: range(2)}
"""
EXPLICIT = "hydra: {sweeper: {params: {model.bottleneck: '2,3', seed: range(2)}}}\n"
WITHOUT_SIZES = OWN.partition("  sizes")[0]


@pytest.mark.parametrize(
    "text",
    [
        OWN,
        OWN + "hydra:\n  sweeper:\n    params: ${study.sizes.${size}}\n",  # which every study once had to say
        WITHOUT_SIZES + EXPLICIT,
        OWN.replace("model.bottleneck", "optimizer.lr").replace("2,3", "1e-3,1e-2") + EXPLICIT,
    ],
    ids=["sizes alone", "sizes named", "no sizes", "other axes"],
)
def test_a_study_of_the_users_sweeps_what_its_file_says(tmp_path, text):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "own.yaml").write_text(text)
    study, _ = grid("study=own", f"hydra.searchpath=[file://{tmp_path}]")
    assert study.axes == {"model.bottleneck": [2, 3], "seed": [0, 1]}


def test_the_command_line_replaces_single_axes():
    study, jobs = grid("study=objective", "size=smoke", "seed=7", "data.train_size=256")
    assert study.axes == {"objective": ["mse", "bce"], "seed": [7]}
    assert {(job.config.seed, job.config.data.train_size) for job in jobs} == {(7, 256)}


def test_an_unknown_size_is_one_line_with_the_choices(command):
    outcome = command("train", "-m", "study=bottleneck", "size=huge")
    assert outcome.status == 2
    assert outcome.line == "error: size=huge: choose from smoke, quick, full"
    assert not any(Path().iterdir())


def test_a_smoke_study_runs_from_question_to_report(command):
    outcome = command("train", "-m", "study=objective", "size=smoke", "trainer=cpu")
    assert outcome.status == 0, outcome.err
    folder = Path("outputs/objective_smoke")
    results = records(folder)
    assert sorted(results) == [f"objective-{kind}_seed-{seed}" for kind in ("bce", "mse") for seed in (0, 1)]
    assert {result.status for result in results.values()} == {"done"}
    assert studies_on_disk.read(folder).question == question("objective")
    assert question("objective") in (folder / "report" / "report.md").read_text()
