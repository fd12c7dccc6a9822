"""Hydra's prefixes `+`, `++` and `~` in a multirun: the meaning that they have in plain Hydra, and the same study."""

from pathlib import Path

import pytest
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from narrows.app.compose import parse
from narrows.app.messages import message
from narrows.config.knobs import knobs
from narrows.errors import UserError
from narrows.runs import study as studies
from support.outcomes import nothing_in
from support.sweeps import SMALL, grid, hydra_for, read, records

#: Each kind of key with its levels: a number, one that is null by default, a list, a word, and a knob of one kind.
LEVELS = {
    "seed": "0,1",
    "data.train_size": "200,300",
    "model.widths": "[16],[32,16]",
    "model.activation": "tanh,relu",
    "code.active": "1,2",
}
ADDABLE = ("data.train_size", "model.widths")  # to null and to a list, Hydra adds with +
CODES = "code=plain,sparse"
STUDY = ("study=bottleneck", "size=smoke")


def seen(study, jobs):
    """What a study plans, without the command."""
    return study.model_dump(exclude={"command"}), [(job.name, job.levels, job.config, job.error) for job in jobs]


@pytest.mark.parametrize("levels", ["several", "one"])
@pytest.mark.parametrize(("prefix", "key"), [*(("++", key) for key in LEVELS), *(("+", key) for key in ADDABLE)])
def test_a_prefix_plans_the_same_study(prefix, key, levels):
    text = LEVELS[key] if levels == "several" else LEVELS[key].split(",")[0]
    assert seen(*grid(f"{prefix}{key}={text}", CODES)) == seen(*grid(f"{key}={text}", CODES))


@pytest.mark.parametrize(
    ("prefix", "key"),
    [(prefix, key) for prefix in ("", "+", "++", "~") for key in LEVELS if prefix + key != "~data.train_size"],
)
def test_each_job_is_what_hydra_composes(prefix, key):
    """Also for those that Hydra refuses, such as + before a key that has a value: with its words."""
    typed = f"{prefix}{key}" if prefix == "~" else f"{prefix}{key}={LEVELS[key]}"
    with hydra_for(typed, "code=sparse") as (master, loader):
        _, jobs = read(master, loader)
        assert {axis for job in jobs for axis in job.levels} <= {key}
        for job in jobs:
            try:
                whole = parse(loader.load_sweep_config(master, list(job.overrides)))
            except (UserError, HydraException, OmegaConfBaseException) as problem:
                whole = message(problem, knobs())
            assert (job.config or job.error) == whole
            assert bool(job.error) == (prefix == "~" or (prefix == "+" and key not in ADDABLE))


def test_the_last_override_of_a_key_counts_with_and_without_a_prefix():
    assert seen(*grid("seed=0,1", "++seed=2,3")) == seen(*grid("seed=2,3"))
    assert seen(*grid("++seed=0,1", "seed=2,3")) == seen(*grid("seed=2,3"))
    assert [job.config.model.widths for job in grid("seed=0,1", "model.widths=[8]", "++model.widths=[16]")[1]] == [
        [16]
    ] * 2


@pytest.mark.parametrize("axis", ["model.bottleneck=4,5", "model.bottleneck=4", "trainer.max_epochs=1,2"])
def test_a_prefix_replaces_what_a_study_sets(axis):
    assert seen(*grid(*STUDY, f"++{axis}")) == seen(*grid(*STUDY, axis))


def test_a_key_of_a_study_can_be_deleted():
    _, jobs = grid(*STUDY, "~model.bottleneck")
    assert {job.error for job in jobs} == {"model.bottleneck is missing"}


@pytest.mark.parametrize(
    ("typed", "seeds"),
    [
        (("~seed", "++seed=0,1"), [0, 1]),
        (("seed=5", "~seed", "++seed=0,1"), [0, 1]),
        (("seed=0,1", "~seed"), "seed is missing"),
        (("~seed", "seed=0,1"), "seed: deleted by ~seed"),
    ],
)
def test_a_deleted_key_beside_the_same_key(typed, seeds):
    _, jobs = grid("model.bottleneck=2", *typed)
    if isinstance(seeds, list):
        assert [job.config.seed for job in jobs] == seeds
    else:
        assert all(seeds in job.error for job in jobs)


def test_an_arm_and_a_prefix_exclude_one_another():
    with pytest.raises(UserError, match="sets seed, which is also an axis"):
        grid("study.arms={a: {seed: 3}}", "++seed=0,1")


@pytest.mark.parametrize("prefix", ["", "+", "++"])
def test_fields_of_a_study(prefix):
    study, jobs = grid("seed=0,1", f"{prefix}study.metrics=[run/seconds]", f"{prefix}study.baseline.seed=1")
    assert (study.metrics, study.baseline) == (["run/seconds"], {"seed": 1})
    assert [job.overrides for job in jobs] == [("seed=0",), ("seed=1",)]


def test_a_mapping_sets_keys_of_a_group():
    assert [job.config.model.bottleneck for job in grid("++model={bottleneck: 5}", "seed=0,1")[1]] == [5, 5]
    assert [job.config.model.bottleneck for job in grid("model={bottleneck: 5}", "seed=0,1")[1]] == [5, 5]


@pytest.mark.parametrize("launcher", ["fleet", "basic"])
def test_records_and_study_under_each_launcher(command, launcher):
    axes = ("++model.bottleneck=2", "++seed=0,1", "+data.train_size=128")
    small = [text for text in SMALL if not text.startswith("data.train_size")]
    outcome = command("train", "-m", *small, *axes, f"hydra/launcher={launcher}")
    assert outcome.status == 0, outcome.err
    folder = Path("outputs/seed")
    assert studies.read(folder).axes == {"seed": [0, 1]}
    assert {name: (run.seed, run.config["model"]["bottleneck"]) for name, run in records(folder).items()} == {
        "seed-0": (0, 2),
        "seed-1": (1, 2),
    }


@pytest.mark.parametrize("mode", [(), ("-m", "seed=0,1")])
@pytest.mark.parametrize("typed", ["+code=sparse", "++code=sparse", "++code=plain,sparse", "+study=bottleneck"])
def test_a_group_takes_no_plus(command, typed, mode):
    outcome = command("train", *mode, typed)
    group = typed.lstrip("+").partition("=")[0]
    assert outcome.line == f"error: {typed}: a choice of {group} is typed without +: {typed.lstrip('+')}"
    assert outcome.status == 2
    assert nothing_in(Path.cwd())
