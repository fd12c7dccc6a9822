"""`narrows evaluate`: the quantities of a checkpoint, and the mistakes that it refuses."""

import json
from pathlib import Path

import pytest

from narrows.config.catalogue import CATALOGUE
from support.outcomes import nothing_in

# --- evaluate.py


def test_evaluating_repeats_the_runs_errors_and_writes_nothing(command, trained):
    outcome = command("evaluate", f"checkpoint={trained.folder / 'best.ckpt'}")
    assert (outcome.status, outcome.err) == (0, "")
    quantities = json.loads(outcome.out)
    assert quantities.pop("data") == "mnist5k"
    assert quantities.items() <= trained.record.metrics.items()
    assert nothing_in(Path.cwd())


def test_the_output_names_the_data_that_were_chosen(command, trained):
    outcome = command("evaluate", f"checkpoint={trained.folder / 'best.ckpt'}", "data=mnist5k")
    assert json.loads(outcome.out)["data"] == "mnist5k"


def test_evaluating_refuses_an_unknown_evaluation(command, trained):
    outcome = command("evaluate", f"checkpoint={trained.folder / 'best.ckpt'}", "evaluation=[reconstruction,taste]")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.line.startswith("error: evaluation=taste: choose from reconstruction")


def test_evaluating_refuses_a_checkpoint_that_is_none(command, trained, tmp_path):
    truncated, foreign = tmp_path / "truncated.ckpt", tmp_path / "foreign.ckpt"
    truncated.write_bytes((trained.folder / "best.ckpt").read_bytes()[:5000])
    foreign.write_text("not a checkpoint")
    for path in (truncated, foreign, tmp_path / "missing.ckpt"):
        outcome = command("evaluate", f"checkpoint={path}")
        assert outcome.status == 2
        assert outcome.line.startswith(f"error: checkpoint={path}: ")
        assert outcome.out == ""
    assert nothing_in(Path.cwd())


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ([], ["checkpoint=PATH is missing"]),
        (["checkpoint=x", "data=mnistt"], ["data=mnistt", *CATALOGUE]),
        (["checkpoint=x", "foo=1"], ["foo", "checkpoint", "data", "root", "threads"]),
    ],
)
def test_evaluating_answers_bad_input_in_one_line(command, arguments, parts):
    outcome = command("evaluate", *arguments)
    assert outcome.status == 2
    assert all(part in outcome.line for part in parts), outcome.line


@pytest.mark.parametrize("threads", ["0", "abc", "1.5"])
def test_evaluating_refuses_threads_that_are_none(command, trained, threads):
    outcome = command("evaluate", f"checkpoint={trained.folder / 'best.ckpt'}", f"threads={threads}")
    assert outcome.status == 2
    assert f"threads={threads}" in outcome.line.replace("'", "")
