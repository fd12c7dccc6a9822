"""The grid of a study: the fast composition against Hydra's own, folders, and jobs that are not valid."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import permutations

import pytest
from hydra.core.config_loader import ConfigLoader
from hydra.errors import HydraException
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from narrows.app.compose import parse
from narrows.app.composer import Composer
from narrows.app.messages import message
from narrows.app.study_grid import read_grid
from narrows.config.knobs import knobs
from narrows.config.schema import Config
from narrows.errors import UserError
from support.configs import configure
from support.sweeps import grid, hydra_for, read

#: What an axis can be: groups, numbers, lists, words, null, an interpolation, a key that is added; some are not valid.
LEVELS = {
    "data": ["mnist", "mnist5k", "fashion_mnist", "mnistt"],
    "model": ["mlp", "linear"],
    "objective": ["mse", "bce", "l1"],
    "optimizer": ["adam", "sgd"],
    "schedule": ["constant", "cosine", "one_cycle"],
    "trainer": ["auto", "cpu"],
    "seed": ["0", "1", "-1"],
    "model.bottleneck": ["1", "8", "0", "2.5"],
    "model.widths": ["[16]", "[32,16]", "[]", "16"],
    "model.activation": ["relu", "gelu", "reluu"],
    "optimizer.lr": ["1e-3", "0.1", "1", "1e9", "-1", "nan"],
    "optimizer.momentum": ["0.5", "0"],
    "data.train_size": ["128", "1000", "null", "999999"],
    "data.val_size": ["0", "${data.batch_size}"],
    "model.typo": ["3"],
    "+model.extra": ["3"],
    "+seed": ["5"],
    "++seed": ["5", "6"],
    "++model.bottleneck": ["2", "0"],
    "+data.train_size": ["128", "200"],
}


#: Each example composes configs for a good second: few of them, and none spent on shrinking.
few = settings(max_examples=10, phases=(Phase.explicit, Phase.reuse, Phase.generate))


@st.composite
def arguments(draw) -> list[str]:
    distinct = st.lists(st.sampled_from(list(LEVELS)), min_size=1, max_size=3, unique_by=lambda key: key.lstrip("+~"))
    keys = draw(distinct)
    chosen = {key: draw(st.lists(st.sampled_from(LEVELS[key]), min_size=1, max_size=2, unique=True)) for key in keys}
    return [f"{key}={','.join(levels)}" for key, levels in chosen.items()]


@contextmanager
def hydra_unless_refused(typed: list[str]) -> Iterator[tuple[DictConfig, ConfigLoader]]:
    """As `hydra_for`, without grids that are refused: keys that no run has, and levels that share a folder (below)."""
    opened = hydra_for(*typed)
    try:
        context = opened.__enter__()
    except HydraException:
        assume(False)
    try:
        yield context
    except UserError as refusal:
        assume("two runs would share the folder" not in str(refusal) and "no run has this key" not in str(refusal))
        raise
    finally:
        opened.__exit__(None, None, None)


def composed_by_hydra(master, loader, overrides) -> Config | str:
    """What a launcher makes of a job: the whole of Hydra's composition, or the line that refuses it."""
    try:
        return parse(loader.load_sweep_config(master, list(overrides)))
    except (UserError, HydraException, OmegaConfBaseException) as problem:
        return message(problem, knobs())


@few
@given(arguments())
def test_the_fast_composition_is_hydras(typed):
    with hydra_unless_refused(typed) as (master, loader):
        _, jobs = read(master, loader)
        for job in jobs[:4]:
            whole = composed_by_hydra(master, loader, job.overrides)
            assert (job.config or job.error) == whole
            assert (job.config is None) == isinstance(whole, str)


@pytest.mark.parametrize(
    "typed",
    [
        ("model=linear,mlp", "model.bottleneck=2,4"),
        ("optimizer=sgd", "optimizer.momentum=0,0.5"),
        ("model.widths=[8],[8,4]", "objective=bce,l1", "seed=range(2)"),
        ("data=mnist5k", "data.train_size=null,100", "data.batch_size=100"),
        ("model.bottleneck=2,4", "model=linear"),  # a value before the group it belongs to
        ("optimizer.lr=0.5,1", "optimizer=sgd,adam"),
    ],
)
def test_each_job_is_the_run_of_its_overrides(typed):
    _, jobs = grid(*typed)
    assert [job.config for job in jobs] == [configure(*job.overrides) for job in jobs]


def test_one_job_leaves_no_trace_in_the_next():
    _, jobs = grid("model.widths=[16],[32,16],[16,8]", "data.train_size=128,null", "seed=0,1")
    assert len({job.config.fingerprint() for job in jobs}) == len(jobs) == 12


# --- axes and folders


@few
@given(arguments(), st.randoms(use_true_random=False))
def test_names_are_legal_short_unique_and_the_same_in_whatever_order_axes_are_typed(typed, random):
    with hydra_unless_refused(typed) as (master, loader):
        study, jobs = read(master, loader)
        _, others = read_grid(Composer(master, loader), (), random.sample(typed, len(typed)))
    names = [job.name for job in jobs]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,120}", name) for name in names)
    assert {name: str(levels) for name, levels in study.runs.items()} == {job.name: str(job.levels) for job in jobs}
    assert {job.name: sorted(map(str, job.levels.items())) for job in others} == {
        job.name: sorted(map(str, job.levels.items())) for job in jobs
    }


def test_the_grid_is_the_product_of_its_axes_in_the_order_given():
    study, jobs = grid("model.bottleneck=4,2", "model.activation=tanh,relu", "seed=range(3)")
    assert study.axes == {"model.bottleneck": [4, 2], "model.activation": ["tanh", "relu"], "seed": [0, 1, 2]}
    assert [job.config.seed for job in jobs] == [0, 1, 2] * 4
    assert jobs[0].levels == {"model.bottleneck": 4, "model.activation": "tanh", "seed": 0}


@pytest.mark.parametrize("typed", list(permutations(["model.bottleneck=2,3", "seed=0,1", "model.widths=[16]"])))
def test_only_what_varies_names_a_folder(typed):
    _, jobs = grid(*typed)
    assert sorted(job.name for job in jobs) == [f"bottleneck-{b}_seed-{s}" for b in (2, 3) for s in (0, 1)]


@pytest.mark.parametrize("axis", ["seed=1,1", "seed=1,0,1", "model.activation=relu,'relu'", "optimizer.lr=0.1,1e-1"])
def test_a_level_given_twice_is_one_run(axis):
    study, jobs = grid(axis)
    (levels,) = study.axes.values()
    assert len(jobs) == len(levels) == len(set(levels))


@pytest.mark.parametrize("axis", ["model.widths=16,[16]", "model.bottleneck=2,'2'", "data.root='1-2',[1,2]"])
def test_two_runs_never_share_a_folder(axis):
    with pytest.raises(UserError, match="two runs would share the folder"):
        grid(axis)


# --- studies and the command line


def test_a_key_typed_replaces_the_studys_and_stays_an_axis():
    study, jobs = grid("study=bottleneck", "size=smoke", "model.bottleneck=4")
    assert study.axes["model.bottleneck"] == [4]
    assert [job.name for job in jobs] == ["bottleneck-4_seed-0", "bottleneck-4_seed-1"]


def test_an_axis_typed_comes_beside_the_studys():
    study, jobs = grid("study=bottleneck", "size=smoke", "model.activation=tanh,relu", "seed=0,5,6")
    assert study.axes == {"model.bottleneck": [2, 8], "seed": [0, 5, 6], "model.activation": ["tanh", "relu"]}
    assert len(jobs) == 12


def test_what_a_study_fixes_can_be_typed_otherwise():
    _, jobs = grid("study=bottleneck", "size=smoke", "trainer.max_epochs=7", "model.widths=[9]")
    assert {(job.config.trainer.max_epochs, *job.config.model.widths) for job in jobs} == {(7, 9)}


def test_axes_typed_by_hand_are_a_study_of_their_own():
    study, _ = grid("model.bottleneck=2,3", "seed=0,1", "data=mnist5k")
    assert (study.name, study.question) == ("bottleneck-seed", "What is the effect of model.bottleneck?")
    assert study.baseline == {}


# --- jobs that are not valid


def test_a_value_out_of_range_is_the_matter_of_its_own_job():
    _, jobs = grid("optimizer.lr=0.1,-1,0.2")
    assert [job.config is None for job in jobs] == [False, True, False]
    assert [bool(job.error) for job in jobs] == [False, True, False]
    assert "optimizer.lr=-1" in jobs[1].error
    assert "greater than 0" in jobs[1].error


@pytest.mark.parametrize(
    ("axis", "parts"),
    [
        ("model.activation=relu,reluu", ["model.activation='reluu'", "relu, leaky_relu"]),
        ("model=mlp,resnet", ["model=resnet", "mlp", "linear"]),
        ("model.bottlneck=2,3", ["model.bottlneck", "did you mean model.bottleneck?"]),
        ("data.train_size=64,1000", ["data.batch_size=128", "64 images"]),
        ("+foo=1,2", ["foo"]),
    ],
)
def test_an_invalid_job_says_what_would_do(axis, parts):
    errors = [job.error for job in grid(axis)[1] if job.error]
    assert errors
    assert all(part in errors[0] for part in parts), errors[0]
    assert len(errors[0].splitlines()) == 1


@pytest.mark.parametrize("axis", ["optimizer.lr=interval(0,1)", "optimizer.lr=tag(log,interval(1e-4,1e-2))"])
def test_an_interval_is_not_a_grid(axis):
    with pytest.raises(UserError, match="an interval is not a grid; hydra/sweeper=optuna"):
        grid(axis)


@pytest.mark.parametrize(
    ("arguments", "logger"),
    [
        (("seed=range(101)",), "light"),
        (("seed=range(100)",), "tensorboard"),
        (("seed=range(101)", "logger=tensorboard"), "tensorboard"),
        (("seed=range(101)", "logger=none"), "none"),
    ],
)
def test_a_large_study_logs_curves_only_unless_more_is_chosen(arguments, logger, capsys):
    study, jobs = grid(*arguments)
    assert {job.config.logger.name for job in jobs} == {logger}
    assert list(study.axes) == ["seed"]
    assert ("logger=light" in capsys.readouterr().out) == (logger == "light")
