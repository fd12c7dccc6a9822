"""The command that TensorBoard shows for a run trains that run again."""

import shlex
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from narrows.board import texts
from narrows.runs import study as studies
from support.configs import configure
from support.sweeps import grid


def commands(folder: Path, *typed: str):
    """The arguments of the command of each run of a grid, with its config."""
    study, jobs = grid(*typed)
    folder.mkdir(exist_ok=True)
    studies.write(study, folder)
    for job in jobs:
        path = folder / job.name / texts.OVERRIDES
        path.parent.mkdir(parents=True)
        OmegaConf.save(OmegaConf.create(list(job.overrides)), path)
        line = texts.command(folder / job.name).splitlines()[1]
        yield shlex.split(line)[2:], job.config


@pytest.mark.parametrize(
    "typed",
    [
        ("study=corruption_level", "size=smoke", "seed=3"),
        ("study=k_sparse", "size=smoke", "++code.active=4", "seed=0,1"),
        ("study=published/pytorch_vae", "size=smoke", "seed=0"),
    ],
)
def test_of_a_study(tmp_path, typed):
    for arguments, config in commands(tmp_path, *typed):
        assert arguments[0] == "-m"
        (job,) = grid(*arguments[1:])[1]
        assert job.config == config


@pytest.mark.parametrize(
    "typed", [("code=plain,sparse", "code.active=2"), ("study.arms={a: {}, b c: {code: sparse}}",)]
)
def test_of_a_grid_without_a_file(tmp_path, typed):
    for arguments, config in commands(tmp_path, *typed, "seed=0,1"):
        assert configure(*arguments) == config


def test_of_an_arm_whose_name_is_quoted(tmp_path):
    (tmp_path / "study").mkdir()
    fields = "name: own, question: Q, sizes: {full: {seed: '0,1'}}, arms: {'a, (b)': {}, c d: {code: sparse}}"
    (tmp_path / "study" / "own.yaml").write_text(f"# @package _global_\nstudy: {{{fields}}}\n")
    for arguments, config in commands(tmp_path / "out", "study=own", path := f"hydra.searchpath=[file://{tmp_path}]"):
        (job,) = grid(*arguments[1:], path)[1]
        assert job.config == config
