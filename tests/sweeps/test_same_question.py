"""Two different questions never share a folder: what counts as one, by made-up records and studies."""

from itertools import product
from pathlib import Path

import pytest

from narrows.errors import UserError
from narrows.runs import record, study
from narrows.runs.record import Record
from narrows.runs.study import Study
from narrows.sweeps import same_question
from narrows.sweeps.plan import Job, folder_name, readable_record
from narrows.sweeps.same_question import shared
from support.configs import tiny
from support.sweeps import everything

OLD = Path(__file__).parents[1] / "fixtures" / "version-0.1.0"
Planned = tuple[Study, list[Job]]


def asked(axes: dict, *overrides: str, arms: dict | None = None, fixed: bool = True, **changes: object) -> Planned:
    """The study and jobs of a grid, as they are read from the command line."""
    jobs = []
    for row in product(*axes.values()):
        levels = dict(zip(axes, row, strict=True))
        own = {key: value for key, value in levels.items() if key != "arm"} | (arms or {}).get(levels.get("arm"), {})
        config = tiny(*overrides, *(f"{key}={value}" for key, value in own.items()))
        jobs.append(Job(folder_name(levels), [], levels, config))
    runs = {job.name: dict(job.levels) for job in jobs}
    values = shared(job.config.identity() for job in jobs) if fixed else {}
    plan = {"name": "s", "question": "Is it so?", "command": "none", "axes": axes, "runs": runs, "arms": arms or {}}
    return Study(**plan | {"fixed": values} | changes), jobs


def finish(planned: Planned, folder: Path, **changes: object) -> None:
    """Writes the study and a record of each run into the folder."""
    folder.mkdir(exist_ok=True)
    study.write(planned[0], folder)
    for job in planned[1]:
        (folder / job.name).mkdir()
        ended = {"status": "done", "epochs": 2, "metrics": {"test/mse": 0.1}} | changes
        record.write(record.begin(job.config).model_copy(update=ended), folder / job.name)


def check(planned: Planned, folder: Path) -> None:
    new, jobs = planned
    same_question.check(new, jobs, {job.name: readable_record(folder / job.name) for job in jobs}, folder)


def refusal(planned: Planned, folder: Path) -> str:
    before = everything(folder)
    with pytest.raises(UserError) as error:
        check(planned, folder)
    assert everything(folder) == before
    text = str(error.value)
    assert text.startswith(f"{folder}: holds another study, which differs in ")
    assert "choose name=NAME" in text
    assert "\n" not in text
    return text


AXES = {"model.bottleneck": [2, 3], "seed": [0, 1]}
FIXED = ("trainer.max_epochs=3", "optimizer.lr=0.5", "objective=l1", "corruption=masking", "data.train_size=300")


@pytest.mark.parametrize("fixed", [True, False], ids=["with fixed knobs", "of an older version"])
@pytest.mark.parametrize("axes", [AXES, {"model.bottleneck": [8], "seed": [5]}], ids=["same levels", "other levels"])
@pytest.mark.parametrize("override", FIXED)
def test_another_fixed_knob_is_another_question(tmp_path, override, axes, fixed):
    finish(asked(AXES, fixed=fixed), tmp_path)
    assert override.partition("=")[0].removesuffix(".name") in refusal(asked(axes, override), tmp_path)


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize(
    "axes",
    [
        AXES,
        AXES | {"model.bottleneck": [2, 3, 8]},
        AXES | {"model.bottleneck": [3]},
        AXES | {"seed": [0, 1, 2, 3]},
        AXES | {"seed": [7]},
        AXES | {"model.activation": ["relu", "tanh"]},
        {"model.bottleneck": [2, 3]},
    ],
)
def test_other_levels_seeds_and_axes_are_the_same_question(tmp_path, axes, fixed):
    finish(asked(AXES, fixed=fixed), tmp_path)
    check(asked(axes), tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"metrics": ["test/probe"]},
        {"question": "Is it not so?"},
        {"labels": {"seed": "s"}},
        {"margin": 0.5},
        {"baseline": {"model.bottleneck": 3}},
    ],
)
def test_another_way_to_answer_is_the_same_question(tmp_path, changes):
    finish(asked(AXES), tmp_path)
    check(asked(AXES, **changes), tmp_path)


def test_a_longer_list_of_evaluations_is_the_same_question(tmp_path):
    finish(asked(AXES), tmp_path)
    check(asked(AXES, "evaluation=[reconstruction,units]"), tmp_path)


@pytest.mark.parametrize("override", ["logger=light", "trainer=auto", "data.root=elsewhere", "trainer.threads=2"])
def test_what_changes_no_number_is_the_same_question(tmp_path, override):
    finish(asked(AXES), tmp_path)
    check(asked(AXES, override), tmp_path)


def test_other_axes_are_another_question_even_in_folders_of_the_same_names(tmp_path):
    """`activation` is the short name of two knobs."""
    finish(asked({"model.activation": ["relu", "tanh"]}), tmp_path)
    other = asked({"code.activation": ["relu", "tanh"]})
    assert "axes=model.activation there and code.activation here" in refusal(other, tmp_path)
    other = asked({"optimizer.lr": [0.1, 0.2]})
    assert "axes=model.activation there and optimizer.lr here" in refusal(other, tmp_path)


ARMS = {"plain": {}, "masking": {"corruption": "masking", "corruption.level": 0.25}}


def test_an_arm_whose_overrides_changed_is_another_question(tmp_path):
    axes = {"arm": [*ARMS], "seed": [0]}
    finish(asked(axes, arms=ARMS), tmp_path)
    more = ARMS | {"gaussian": {"corruption": "gaussian"}}
    check(asked(axes | {"arm": [*more]}, arms=more), tmp_path)
    changed = ARMS | {"masking": {"corruption": "masking", "corruption.level": 0.5}}
    text = refusal(asked(axes, arms=changed), tmp_path)
    assert "study.arms.masking={corruption: masking, corruption.level: 0.25} there" in text


def test_a_knob_at_its_neutral_value_is_equal_to_one_that_is_not_there(tmp_path):
    old, jobs = asked(AXES)
    finish((old.model_copy(update={"fixed": old.fixed | {"objective.weights.mmd": 0.0}}), jobs), tmp_path)
    check(asked(AXES), tmp_path)
    assert "objective.weights.mmd=0.0 there and 0.5 here" in refusal(
        asked({"model.bottleneck": [9]}, "objective.weights.mmd=0.5"), tmp_path
    )


def test_a_knob_below_an_axis_is_compared_run_by_run(tmp_path):
    axes = {"corruption": ["none", "masking"]}
    finish(asked(axes), tmp_path)
    check(asked(axes | {"corruption": ["none", "masking", "gaussian"]}), tmp_path)
    study_of_gaussian = asked({"corruption": ["gaussian"]})
    check(study_of_gaussian, tmp_path)
    old = readable_record(tmp_path / "corruption-masking")
    old.config["corruption"]["level"] = 0.7
    record.write(old, tmp_path / "corruption-masking")
    assert "corruption.level=0.7 there" in refusal(asked(axes), tmp_path)


def test_a_knob_that_only_some_runs_have_a_use_for_is_compared_in_these(tmp_path):
    """Runs without noise are the same with any monitored loss."""
    noisy, both = {"corruption": ["masking"]}, {"corruption": ["none", "masking"]}
    finish(asked(both, "trainer.monitor=clean_loss"), tmp_path)
    for axes in (noisy, both, {"corruption": ["gaussian"]}):
        assert "trainer.monitor=clean_loss there and loss here" in refusal(asked(axes), tmp_path)
        check(asked(axes, "trainer.monitor=clean_loss"), tmp_path)
    check(asked({"corruption": ["none"]}), tmp_path)


@pytest.mark.parametrize("lost", [{"checksum": "another"}, {"results": 0}])
def test_other_data_and_another_version_are_the_same_question(tmp_path, lost):
    planned = asked(AXES)
    finish(planned, tmp_path)
    for job in planned[1]:
        old: Record = readable_record(tmp_path / job.name)
        if "results" in lost:
            changed = old.model_copy(update=lost)
        else:
            changed = old.model_copy(update={"data": old.data.model_copy(update=lost)})
        record.write(changed, tmp_path / job.name)
    check(planned, tmp_path)


@pytest.mark.parametrize("changes", [{"status": "failed", "epochs": 0}, {"status": "refused", "fingerprint": ""}])
def test_a_folder_without_results_may_be_used(tmp_path, changes):
    finish(asked(AXES), tmp_path, **changes | {"metrics": {}, "epochs": 0})
    check(asked(AXES, "optimizer.lr=0.5"), tmp_path)


@pytest.mark.parametrize("status", ["interrupted", "failed"])
def test_a_run_that_trained_an_epoch_is_a_result(tmp_path, status):
    finish(asked(AXES), tmp_path, status=status, epochs=1)
    refusal(asked(AXES, "optimizer.lr=0.5"), tmp_path)


def test_a_checkpoint_of_a_killed_run_is_a_result(tmp_path):
    planned = asked(AXES)
    finish(planned, tmp_path)
    for job in planned[1]:
        (tmp_path / job.name / "record.json").unlink()
    check(asked(AXES, "optimizer.lr=0.5"), tmp_path)
    (tmp_path / planned[1][0].name / "last.ckpt").touch()
    refusal(asked(AXES, "optimizer.lr=0.5"), tmp_path)


def test_many_differences_are_one_line_that_counts_them(tmp_path):
    finish(asked(AXES), tmp_path)
    text = refusal(asked({"seed": [5]}, *FIXED), tmp_path)
    assert text.count(" there and ") == 3
    assert " more: choose" in text


def test_an_empty_or_damaged_folder_may_be_used(tmp_path):
    check(asked(AXES), tmp_path / "nothing")
    (tmp_path / "study.json").write_text('{"name": ')
    check(asked(AXES), tmp_path)
