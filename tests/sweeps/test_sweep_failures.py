"""Sweeps with runs that fail or are refused: the others finish, and each reason is one line."""

import re
import shutil
from pathlib import Path

import pytest

from support.outcomes import Outcome, script
from support.sweeps import (
    AXES,
    ONE_BY_ONE,
    REPORT,
    records,
)

GOOD, DIVERGING, REFUSED = "0.1", "1e9", "-1"
ARMS = ("model.output=linear", "optimizer=sgd")
THREE = (*ARMS, f"optimizer.lr={DIVERGING},{REFUSED},{GOOD}")


def told(outcome: Outcome) -> list[str]:
    """The lines on stderr about runs that are not done."""
    words = ("refused: ", "failed: ", "interrupted: ", "missing: ")
    return [text for text in outcome.err.splitlines() if text.startswith(words) or "not done" in text]


@pytest.fixture(scope="module")
def three_arms(tmp_path_factory) -> tuple[Path, Outcome]:
    """A sweep with one diverging arm, one out-of-range value and one good arm."""
    folder = tmp_path_factory.mktemp("three_arms")
    return folder, script("train", "-m", *ONE_BY_ONE, *THREE, cwd=folder)


def test_one_failing_run_does_not_stop_the_others(three_arms):
    folder, outcome = three_arms
    assert outcome.status == 1
    assert {name: one.status for name, one in records(folder / "outputs/lr").items()} == {
        "lr-1000000000.0": "failed",
        "lr--1": "refused",
        "lr-0.1": "done",
    }
    refused, diverged, counts = told(outcome)
    assert refused == "refused: outputs/lr/lr--1: optimizer.lr=-1: must be greater than 0"
    where = r"failed: outputs/lr/lr-1000000000\.0: the loss became (nan|inf) in epoch 1, step \d+"
    assert re.fullmatch(where, diverged)
    assert counts == "2 of 3 runs not done: 1 failed, 1 refused"
    progress = next(text for text in outcome.err.splitlines() if "elapsed" in text)
    assert outcome.err.index(refused) < outcome.err.index(progress) < outcome.err.index(diverged)
    assert "1 done, 1 failed, 1 refused, 0 left" in progress
    assert outcome.out.splitlines()[0] == "3 runs: 2 to train; 1 refused"
    assert {path.name for path in (folder / "outputs/lr/report").iterdir()} >= REPORT


def test_what_a_run_says_is_in_its_log_and_not_on_the_terminal(three_arms):
    folder, outcome = three_arms
    assert "Traceback" not in outcome.err + outcome.out
    log = (folder / "outputs/lr/lr-1000000000.0/run.log").read_text()
    assert "Traceback" in log
    assert "the loss became" in log
    assert "Traceback" not in (folder / "outputs/lr/lr-0.1/run.log").read_text()


def test_what_failed_is_tried_again_and_what_is_done_is_not(sweep, three_arms):
    folder, first = three_arms
    shutil.copytree(folder / "outputs", "outputs")
    good = Path("outputs/lr/lr-0.1/record.json")
    before = good.stat().st_mtime_ns
    (refused,) = [path for path in Path("outputs/lr").glob("*/record.json") if '"refused"' in path.read_text()]
    recorded = refused.read_bytes()
    again = sweep(*THREE)
    assert again.status == 1
    assert again.out.splitlines()[0] == "3 runs: 1 done already; 1 failed before, to train again; 1 refused"
    assert told(again) == told(first)
    assert good.stat().st_mtime_ns == before
    assert refused.read_bytes() == recorded


def test_stopping_at_the_first_failure_begins_no_further_run(sweep):
    arms = (*ARMS, f"optimizer.lr={GOOD},{DIVERGING},0.2")
    outcome = sweep(*arms, "sweep.on_error=stop")
    assert outcome.status == 1
    left = records(Path("outputs/lr"))
    assert {name: one.status for name, one in left.items()} == {"lr-0.1": "done", "lr-1000000000.0": "failed"}
    assert told(outcome)[1:] == ["missing: outputs/lr/lr-0.2: no record", "2 of 3 runs not done: 1 failed, 1 missing"]
    assert not list(Path("outputs/lr").glob("lr-0.2/*.ckpt"))
    assert sweep(*arms).status == 1  # the next call goes on
    assert [one.status for _, one in sorted(records(Path("outputs/lr")).items())] == ["done", "done", "failed"]


def test_data_that_is_not_there_fails_its_run_only(sweep, tmp_path):
    outcome = sweep("data=mnist5k,fashion_mnist", f"data.root={tmp_path / 'none'}")
    assert outcome.status == 1
    assert {name: one.status for name, one in records(Path("outputs/data")).items()} == {
        "data-mnist5k": "done",
        "data-fashion_mnist": "refused",
    }
    assert "none: no such folder" in outcome.err


@pytest.mark.parametrize(
    ("axis", "part"),
    [("optimizer.lr=-1,-2", "optimizer.lr=-1"), ("model.activation=reluu,tanhh", "reluu"), ("foo=1,2", "foo")],
)
def test_a_grid_without_a_valid_run_is_one_line_and_writes_nothing(sweep, axis, part):
    outcome = sweep(axis)
    assert outcome.status == 2
    assert part in outcome.line
    assert outcome.out == ""
    assert not any(Path().iterdir())


def test_a_mistake_about_the_sweep_itself_is_one_line(sweep):
    outcome = sweep(*AXES, "optimizer.lr=interval(0,1)")
    assert (outcome.status, outcome.out) == (2, "")
    assert "an interval is not a grid" in outcome.line
    assert not any(Path().iterdir())


def test_a_seed_that_is_none_is_refused_like_any_other_value(sweep):
    outcome = sweep("seed=0,abc")
    assert outcome.status == 1
    assert {name: one.status for name, one in records(Path("outputs/seed")).items()} == {
        "seed-0": "done",
        "seed-abc": "refused",
    }
