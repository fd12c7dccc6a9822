"""What version 0.1.0 finished stays finished: its studies are told as done and reported alike, its runs continued."""

import shlex
import shutil
from pathlib import Path

import pandas as pd
import pytest

import narrows
from narrows import report
from narrows.errors import UserError
from narrows.run import run
from narrows.runs import determinants, record, study
from narrows.runs.resume import begun
from narrows.sweeps import same_question
from narrows.sweeps.plan import Todo, todo
from support.configs import configure
from support.sweeps import grid, records

OLD = Path(__file__).parents[1] / "fixtures" / "version-0.1.0"
STUDIES = ("small", "vae", "wine", "ba")
NOISY = ("vae", "wine")  # which chose their epochs by the clean loss
WINE = ("data=arrays", "data.path=package:mlxtend/data/data/wine.csv", "data.batch_size=16")
ALONE = (
    *(*WINE, "model.bottleneck=2", "model.widths=[4]", "trainer=cpu", "logger=none", "corruption=gaussian"),
    "trainer.monitor=clean_loss",
)


def arguments(folder: Path) -> list[str]:
    """Those of the command that a study was started with, and the loss by which its runs chose their epochs."""
    words = shlex.split(study.read(folder).command)
    return [*words[words.index("-m") + 1 :], "trainer.monitor=clean_loss"]


@pytest.mark.parametrize("name", STUDIES)
def test_an_old_study_is_told_as_done(name):
    asked, jobs = grid(*arguments(OLD / name))
    assert asked.runs == study.read(OLD / name).runs
    assert {job.name: todo(job.config, OLD / name / job.name) for job in jobs} == dict.fromkeys(asked.runs, Todo.SKIP)


@pytest.mark.parametrize("name", STUDIES)
def test_runs_that_chose_their_epochs_by_another_loss_are_not_told_as_done(name):
    asked, jobs = grid(*arguments(OLD / name)[:-1])
    expected = Todo.RENEW if name in NOISY else Todo.SKIP
    assert {todo(job.config, OLD / name / job.name) for job in jobs} == {expected}
    existing = {job.name: record.read(OLD / name / job.name) for job in jobs}
    if name in NOISY:
        with pytest.raises(UserError, match=r"differs in trainer\.monitor=clean_loss there and loss here"):
            same_question.check(asked, jobs, existing, OLD / name)
    else:
        same_question.check(asked, jobs, existing, OLD / name)


@pytest.mark.parametrize("name", STUDIES)
def test_any_other_configuration_is_not_told_as_done(name):
    _, jobs = grid(*arguments(OLD / name), "optimizer.weight_decay=0.1")
    assert {todo(job.config, OLD / name / job.name) for job in jobs} == {Todo.RENEW}


@pytest.mark.parametrize("name", STUDIES)
def test_an_old_study_with_more_evaluations_is_only_evaluated(name):
    _, jobs = grid(*arguments(OLD / name), "evaluation=[reconstruction,units]")
    assert {todo(job.config, OLD / name / job.name) for job in jobs} == {Todo.EVALUATE}


def test_another_results_number_is_another_run(monkeypatch):
    _, jobs = grid(*arguments(OLD / "small"))
    monkeypatch.setattr(determinants, "RESULTS", determinants.RESULTS + 1)
    assert todo(jobs[0].config, OLD / "small" / jobs[0].name) is Todo.SKIP
    monkeypatch.setitem(determinants.CHANGES, determinants.RESULTS, lambda config: config["model.name"] == "mlp")
    assert todo(jobs[0].config, OLD / "small" / jobs[0].name) is Todo.RENEW


def test_other_data_are_another_run(tmp_path):
    old = record.read(OLD / "wine" / "seed-0")
    record.write(old.model_copy(update={"data": old.data.model_copy(update={"checksum": "another"})}), tmp_path)
    _, jobs = grid(*arguments(OLD / "wine"))
    assert todo(jobs[0].config, tmp_path) is Todo.RENEW


def test_an_old_record_is_recognised_though_its_data_have_moved(tmp_path):
    """What it says is compared; the data are read for the new run only."""
    old = record.read(OLD / "wine" / "seed-0")
    moved = old.model_copy(update={"config": old.config | {"data": old.config["data"] | {"path": "moved.csv"}}})
    record.write(moved, tmp_path)
    _, jobs = grid(*arguments(OLD / "wine"))
    assert todo(jobs[0].config, tmp_path) is Todo.SKIP


@pytest.mark.parametrize("name", STUDIES)
def test_an_old_study_is_reported_with_the_same_numbers_to_the_last_digit(name, tmp_path):
    folder = Path(shutil.copytree(OLD / name, tmp_path / name, ignore=shutil.ignore_patterns("report")))
    report.write(folder)
    for table in ("runs.csv", "summary.csv"):  # not the differences: the tests of significance are others
        before, now = (pd.read_csv(at / "report" / table, dtype=str) for at in (OLD / name, folder))
        pd.testing.assert_frame_equal(now[before.columns], before)
    assert {one.results for one in records(folder).values()} == {1}


def test_a_run_that_was_begun_by_the_old_version_is_continued(tmp_path):
    shutil.copytree(OLD / "alone" / "begun", tmp_path, dirs_exist_ok=True)
    assert begun(configure(*ALONE, "trainer.max_epochs=4", "optimizer.lr=0.01"), tmp_path) is None
    resumed = run(configure(*ALONE, "trainer.max_epochs=4", "run.resume=true"), tmp_path)
    whole = record.read(OLD / "alone" / "whole")
    assert (resumed.status, resumed.epochs, resumed.best_epoch) == ("done", 4, whole.best_epoch)
    assert resumed.metrics == pytest.approx(whole.metrics, rel=1e-5)  # another processor may round otherwise
    for curve in ("train/loss", "val/loss", "gradient_norm"):
        assert resumed.curves[curve] == pytest.approx(whole.curves[curve], rel=1e-5)


def test_an_old_checkpoint_gives_back_its_autoencoder():
    autoencoder = narrows.load(OLD / "alone" / "begun" / "best.ckpt")
    assert autoencoder.size == record.read(OLD / "alone" / "begun").parameters
