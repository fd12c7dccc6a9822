"""`arm=…` on the command line chooses among the arms of a study."""

import pytest

from narrows.config.schema import Config
from narrows.errors import UserError
from support.sweeps import grid

ARMS = "study.arms={clean: {}, masking: {corruption: masking}, 2: {model.bottleneck: 2}}"
STUDY = ("study=corruption_level", "size=smoke")


@pytest.fixture(scope="module")
def whole() -> dict[str, Config | None]:
    """The configs of the runs of all arms, by name."""
    return {job.name: job.config for job in grid(ARMS, "seed=0,1")[1]}


@pytest.mark.parametrize(
    ("arms", "prefix"), [(["masking", "clean"], ""), (["2"], "++"), (["clean", "masking", "2"], "")]
)
def test_the_runs_are_those_of_the_chosen_arms(arms, prefix, whole):
    study, jobs = grid(ARMS, f"{prefix}arm={','.join(arms)}", "seed=0,1")
    assert study.axes == {"arm": arms, "seed": [0, 1]}
    assert list(study.arms) == arms
    assert {job.name: job.config for job in jobs} == {
        name: config for name, config in whole.items() if name.split("_")[0].removeprefix("arm-") in arms
    }


def test_a_baseline_that_is_left_out_is_replaced_in_a_line(capsys):
    study, _ = grid(*STUDY, "arm=masking,Gaussian")
    assert study.baseline == {}
    line = "study.baseline: arm=clean is not among masking, Gaussian; it is masking here\n"
    assert capsys.readouterr().out == line
    assert grid(*STUDY, "arm=masking,clean")[0].baseline == {"arm": "clean"}


@pytest.mark.parametrize(
    ("typed", "axis"),
    [(("study=corruption_level", "arm=clean"), "corruption.level"), (("study=k_sparse", "code=plain"), "code.active")],
)
def test_an_axis_of_which_all_arms_are_left_out_is_left_out_too(typed, axis, capsys):
    study, jobs = grid(*typed, "size=smoke")
    assert axis not in study.axes
    assert capsys.readouterr().out.endswith(f"{axis}: left out, since no run has this key\n")
    whole = {job.name: job.config for job in grid(typed[0], "size=smoke")[1]}
    assert [job.config for job in jobs] == [whole[job.name] for job in jobs]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([ARMS, "arm=clean,maskin"], "arm=maskin: choose from clean, masking, 2"),
        (["seed=0,1", "arm=clean"], "arm=clean: the study has no arms"),
        (["study=bottleneck", "size=smoke", "arm=a,b"], "arm=a: the study has no arms"),
    ],
)
def test_what_is_no_arm_is_refused(arguments, line):
    with pytest.raises(UserError) as refusal:
        grid(*arguments)
    assert str(refusal.value) == line
