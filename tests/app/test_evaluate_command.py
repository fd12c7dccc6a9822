"""`narrows evaluate`: of a checkpoint and of finished runs, and the mistakes that it refuses."""

import json
import shutil
from pathlib import Path

import pytest

from narrows.config.catalogue import CATALOGUE
from narrows.runs import record
from support.outcomes import nothing_in
from support.sweeps import AXES, FOLDER, ONE_BY_ONE, records

# --- of a checkpoint


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


# --- of finished runs


@pytest.fixture(scope="module")
def run_folder(trained, tmp_path_factory) -> Path:
    return Path(shutil.copytree(trained.folder, tmp_path_factory.mktemp("evaluated") / "lr=0.1"))


def test_a_single_run_gets_the_evaluation_and_its_metrics_are_printed(command, run_folder):
    outcome = command("evaluate", "evaluation=units", str(run_folder))
    assert outcome.status == 0
    printed, result = json.loads(outcome.out), record.read(run_folder)
    assert printed == result.metrics
    assert "test/dead_units" in printed
    assert result.config["evaluation"] == ["reconstruction", "units"]


@pytest.mark.parametrize("listed", ["[units, reconstruction]", "['units']", "units"])
def test_a_run_that_has_the_evaluation_is_only_printed(command, run_folder, listed):
    before = command("evaluate", str(run_folder), "evaluation=units").out
    written = (run_folder / record.NAME).stat().st_mtime_ns
    outcome = command("evaluate", str(run_folder), f"evaluation={listed}")
    assert (outcome.status, outcome.out, outcome.err) == (0, before, "")
    assert (run_folder / record.NAME).stat().st_mtime_ns == written


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["nowhere", "evaluation=[units]"], ["nowhere: no study.json in it"]),
        (["nowhere"], ["evaluation=[NAME,…] is missing", "probe", "units"]),
        (["nowhere", "evaluation=[]"], ["evaluation=[NAME,…] is missing"]),
        (["nowhere", "evaluation=[units,taste]"], ["evaluation=taste: choose from reconstruction"]),
        (["nowhere", "evaluation=[units,units]"], ["evaluation=[units,units]: units is given twice"]),
        (["nowhere", "evaluation=[units]", "processes=0"], ["processes=0: must be a whole number"]),
        (["nowhere", "evaluation=[units]", "samples=5"], ["samples=5", "evaluation", "processes", "root"]),
        (["nowhere", "elsewhere", "evaluation=[units]"], ["elsewhere"]),
    ],
)
def test_mistakes_about_finished_runs_are_one_line(command, arguments, parts):
    outcome = command("evaluate", *arguments)
    assert outcome.status == 2
    assert all(part in outcome.line for part in parts), outcome.line
    assert nothing_in(Path.cwd())


def test_a_study_is_evaluated_and_reported_and_the_longer_list_finds_it_done(command):
    """One small study through all commands: trained, evaluated further, repeated with an even longer list."""
    assert command("train", "-m", *ONE_BY_ONE, *AXES, "logger=light").status == 0
    outcome = command("evaluate", str(FOLDER), "evaluation=[units,probe]")
    assert outcome.status == 0
    assert outcome.out.splitlines()[0] == "4 runs: 4 to evaluate further"
    assert "dead hidden units" in (FOLDER / "report" / "report.md").read_text()
    assert all({"test/probe", "test/dead_units"} <= result.metrics.keys() for result in records(FOLDER).values())
    weights = {path: path.read_bytes() for path in FOLDER.glob("*/*.ckpt")}

    longer = "evaluation=[smoothness,probe,units,reconstruction]"
    again = command("train", "-m", *ONE_BY_ONE, *AXES, "logger=light", longer, "--dry")
    assert "4 runs: 4 to evaluate further, without training" in again.out
    (first, *_), results = sorted(FOLDER.glob("*/best.ckpt")), records(FOLDER)
    first.rename(first.with_suffix(".aside"))
    again = command("train", "-m", *ONE_BY_ONE, "model.bottleneck=2,3", "seed=0,1,2", "logger=light", longer)
    assert again.out.splitlines()[0] == "6 runs: 2 to train; 4 to evaluate further, without training"
    assert again.status == 1
    assert f"not evaluated: {first.parent}: best.ckpt is missing" in again.err
    grown = {name: result for name, result in records(FOLDER).items() if not result.unevaluated(["smoothness"])}
    assert len(grown) == 5
    for name in results.keys() & grown.keys():
        assert grown[name].metrics.items() > results[name].metrics.items()
    first.with_suffix(".aside").rename(first)
    assert weights.items() <= {path: path.read_bytes() for path in FOLDER.glob("*/*.ckpt")}.items()
