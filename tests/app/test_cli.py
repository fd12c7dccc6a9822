"""The commands as a user meets them: exit status, one line, and nothing written for what cannot work."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from narrows.config.catalogue import CATALOGUE
from narrows.config.knobs import knobs
from narrows.models.activations import ACTIVATIONS
from narrows.run import run
from narrows.runs import record
from support.configs import REPOSITORY, TINY, tiny
from support.outcomes import same, script, weights_of


def nothing_in(folder: Path) -> bool:
    return not any(folder.iterdir())


# --- bad input


#: What is typed, and what the one line must hold: the key as typed, the value, the choices or bounds.
BAD = {
    "model.bottleneck=0": ["model.bottleneck=0", "1"],
    "model.bottleneck=-3": ["model.bottleneck=-3", "1"],
    "model.bottleneck=2.5": ["model.bottleneck=2.5", "integer"],
    "model.bottleneck=abc": ["model.bottleneck='abc'", "integer"],
    "model.bottleneck=null": ["model.bottleneck=None", "integer"],
    "model.widths=[]": ["model.widths=[]", "at least 1"],
    "model.widths=[128,0]": ["model.widths[1]=0", "1"],
    "model.widths=[128,-64]": ["model.widths[1]=-64", "1"],
    "model.widths=[1.5]": ["model.widths[0]=1.5", "integer"],
    "model.widths=128": ["model.widths=128", "list"],
    "model.activation=reluu": ["model.activation='reluu'", *ACTIVATIONS],
    "model=resnet": ["model=resnet", "mlp", "linear"],
    "model.name=resnet": ["model.name='resnet'", "mlp", "linear"],
    "model.norm=group": ["model.norm='group'", "none", "batch", "layer"],
    "data=mnistt": ["data=mnistt", *CATALOGUE],
    "data.name=mnistt": ["data.name='mnistt'", *CATALOGUE],
    "data.batch_size=0": ["data.batch_size=0", "1"],
    "data.batch_size=55001": ["data.batch_size=55001", "55000"],
    "data.val_size=60000": ["data.val_size=60000", "60000"],
    "data.val_size=-1": ["data.val_size=-1", "0"],
    "data.train_size=55001": ["data.train_size=55001", "55000"],
    "optimizer.lr=0": ["optimizer.lr=0", "greater than 0"],
    "optimizer.lr=-0.1": ["optimizer.lr=-0.1", "greater than 0"],
    "optimizer.lr=nan": ["optimizer.lr=nan", "finite"],
    "optimizer.lr=inf": ["optimizer.lr=inf", "finite"],
    "optimizer=adamw": ["optimizer=adamw", "adam", "sgd"],
    "objective=hinge": ["objective=hinge", "mse", "bce", "l1"],
    "schedule=linear": ["schedule=linear", "constant", "cosine", "one_cycle"],
    "trainer=tpu": ["trainer=tpu", "auto", "cpu", "gpu"],
    "trainer.precision=8": ["trainer.precision=8", "32-true", "bf16-mixed"],
    "trainer.max_epochs=0": ["trainer.max_epochs=0", "1"],
    "logger=wandb": ["logger=wandb", "tensorboard", "none"],
    "seed=-1": ["seed=-1", "0"],
    "bottleneck=3": ["bottleneck", "did you mean model.bottleneck?", *knobs()],
    "model.bottlneck=3": ["model.bottlneck", "did you mean model.bottleneck?", *knobs()],
    "foo=1": ["foo", *knobs()],
    "+foo=1": ["foo=1"],
    "+model.foo=1": ["model.foo=1"],
    "~model.widths": ["model", "required"],
    "model.bottleneck": ["model.bottleneck", "EQUAL"],
    "run.resume=true": ["run.resume=true", "no run to continue"],
    "hydra.run.dir=/dev/null/run": ["hydra.run.dir=/dev/null/run", "cannot be written"],
}


@pytest.mark.parametrize("argument", BAD)
def test_bad_input_gets_one_line_and_status_2_and_writes_nothing(command, argument):
    outcome = command("train.py", argument)
    assert outcome.status == 2
    assert outcome.line.startswith("error: ")
    missing = [part for part in BAD[argument] if part not in outcome.line]
    assert not missing, outcome.line
    assert outcome.out == ""
    assert nothing_in(Path.cwd())


@pytest.mark.parametrize("argument", ["model.bottleneck=0", "model.activation=reluu", "foo=1"])
def test_bad_input_in_a_process_of_its_own(tmp_path, argument):
    outcome = script("train.py", argument, cwd=tmp_path)
    assert outcome.status == 2
    assert all(part in outcome.line for part in BAD[argument])
    assert outcome.out == ""
    assert nothing_in(tmp_path)


def test_the_first_of_two_mistakes_does_not_hide_that_nothing_ran(command):
    outcome = command("train.py", "model.bottleneck=0", "optimizer.lr=nan")
    assert outcome.status == 2
    assert "model.bottleneck=0" in outcome.line


def test_a_folder_below_a_file_cannot_be_written(command):
    Path("file").write_text("mine")
    outcome = command("train.py", *TINY, "hydra.run.dir=file/run")
    assert outcome.status == 2
    assert outcome.line.startswith("error: hydra.run.dir=file/run: cannot be written")
    assert Path("file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into every folder")
def test_a_folder_without_permission_cannot_be_written(command):
    Path("closed").mkdir(mode=0o500)
    outcome = command("train.py", *TINY, "hydra.run.dir=closed/run")
    assert outcome.status == 2
    assert outcome.line.startswith("error: hydra.run.dir=closed/run: cannot be written")


def test_a_folder_that_holds_a_run_is_not_overwritten(command, trained):
    before = {path: path.read_bytes() for path in trained.folder.iterdir() if path.is_file()}
    outcome = command("train.py", *TINY, f"hydra.run.dir={trained.folder}")
    assert outcome.status == 2
    assert f"hydra.run.dir={trained.folder}" in outcome.line
    assert "run.resume=true" in outcome.line
    assert {path: path.read_bytes() for path in trained.folder.iterdir() if path.is_file()} == before


def test_a_folder_with_a_damaged_record_is_not_overwritten(command):
    Path("run").mkdir()
    Path("run/record.json").write_text('{"status": "do')
    outcome = command("train.py", *TINY, "hydra.run.dir=run")
    assert outcome.status == 2
    assert "record.json" in outcome.line
    assert Path("run/record.json").read_text() == '{"status": "do'


def test_data_that_cannot_be_reached_is_one_paragraph(command, tmp_path):
    outcome = command("train.py", "trainer=cpu", f"data.root={tmp_path / 'data'}")
    assert outcome.status == 2
    last = outcome.err.splitlines()[-1]  # above it the sources say how each failed
    assert last.startswith("error: data=mnist: no source could be reached")
    assert "data=mnist5k" in last
    assert str(tmp_path / "data" / "MNIST" / "raw") in last
    assert "Traceback" not in outcome.err
    assert not list(Path.cwd().rglob("record.json"))


def test_a_damaged_file_is_named(command, few_mnist, tmp_path):
    few_mnist.put(tmp_path / "data")
    path = few_mnist.folder(tmp_path / "data") / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:100])
    sizes = ("data.val_size=10", "data.batch_size=10")
    outcome = command("train.py", "trainer=cpu", *sizes, f"data.root={tmp_path / 'data'}")
    assert outcome.status == 2
    assert f"{path} is damaged or truncated" in outcome.line
    assert not list(Path.cwd().rglob("record.json"))


WITHOUT_TORCH = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print("torch" in sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize("argument", ["model.bottleneck=0", "foo=1", "--help"])
def test_mistakes_and_help_do_not_wait_for_torch(tmp_path, argument):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, REPOSITORY / "scripts" / "train.py", argument],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == (0 if argument == "--help" else 2)
    assert done.stderr.splitlines()[-1] == "False"


# --- what works


def test_help_shows_every_knob_with_its_meaning_default_and_choices(command):
    outcome = command("train.py", "--help")
    assert (outcome.status, outcome.err) == (0, "")
    lines = {line.split()[0]: line for line in outcome.out.splitlines() if line.split()}
    for key, meaning in knobs().items():
        assert meaning in lines[key]
    assert "[128, 64, 12]" in lines["model.widths"]
    assert all(name in lines["model.activation"] for name in ACTIVATIONS)
    assert nothing_in(Path.cwd())


def test_help_shows_the_defaults_of_the_slots_that_are_chosen(command):
    lines = {
        line.split()[0]: line.split() for line in command("train.py", "--help", "data=mnist5k").out.splitlines() if line
    }
    assert lines["data.name"][1] == "mnist5k"
    assert lines["data.val_size"][1] == "500"


def test_a_run_ends_in_its_folder_and_says_so(command, trained):
    outcome = command("train.py", *TINY, "trainer.max_epochs=3", "hydra.run.dir=run", "logger=tensorboard")
    assert outcome.status == 0
    assert outcome.out.splitlines() == [record.read(Path("run")).summary(), str(Path("run").absolute())]
    assert {"best.ckpt", "last.ckpt", "record.json"} <= {path.name for path in Path("run").iterdir()}
    assert [path.name for path in Path.cwd().iterdir()] == ["run"]
    assert same(weights_of(Path("run")), weights_of(trained.folder))  # by whichever way it was started


def test_a_run_that_diverges_has_status_1_and_says_where(command):
    diverging = (*TINY, "model=linear", "optimizer=sgd", "optimizer.lr=1e20", "hydra.run.dir=run")
    outcome = command("train.py", *diverging)
    assert outcome.status == 1
    assert re.fullmatch(r"error: the loss became (nan|inf) in epoch 1, step 2", outcome.line)
    left = record.read(Path("run"))
    assert (left.status, f"error: {left.error}") == ("failed", outcome.line)
    again = command("train.py", *TINY, "hydra.run.dir=run")  # what failed may be tried again in place
    assert again.status == 0
    assert record.read(Path("run")).status == "done"


# --- signals


def interrupted(folder: Path, number: signal.Signals) -> tuple[int, str]:
    """The exit status and stderr of a long run that got the signal once its first checkpoint was written."""
    process = subprocess.Popen(
        [sys.executable, REPOSITORY / "scripts" / "train.py", *TINY, "trainer.max_epochs=100000", "hydra.run.dir=run"],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (folder / "run" / "last.ckpt").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(number)
    _, err = process.communicate()
    return process.returncode, err


def assert_interrupted(folder: Path) -> int:
    """The record says so and is whole; returns its number of epochs."""
    left = record.read(folder)
    assert left.status == "interrupted"
    assert left.epochs >= 1
    assert all(len(values) == left.epochs for values in left.curves.values())
    return left.epochs


def test_ctrl_c_leaves_a_checkpoint_and_a_record_that_says_interrupted(tmp_path):
    status, err = interrupted(tmp_path, signal.SIGINT)
    assert status == 130
    assert len(err.splitlines()) == 1
    assert "run.resume=true" in err
    assert_interrupted(tmp_path / "run")


def test_sigterm_does_too_and_resume_goes_on_as_if_nothing_had_been(tmp_path):
    status, err = interrupted(tmp_path, signal.SIGTERM)
    assert status == 143
    assert len(err.splitlines()) == 1
    epochs = f"trainer.max_epochs={assert_interrupted(tmp_path / 'run') + 2}"
    more = script("train.py", *TINY, epochs, "run.resume=true", "hydra.run.dir=run", cwd=tmp_path)
    assert (more.status, more.err) == (0, "")  # quiet, as the output is no terminal
    assert len(more.out.splitlines()) == 2
    run(tiny(epochs), tmp_path / "whole")
    assert record.read(tmp_path / "run").status == "done"
    assert same(weights_of(tmp_path / "run"), weights_of(tmp_path / "whole"))


# --- evaluate.py


def test_evaluating_repeats_the_runs_errors_and_writes_nothing(command, trained):
    outcome = command("evaluate.py", f"checkpoint={trained.folder / 'best.ckpt'}")
    assert (outcome.status, outcome.err) == (0, "")
    found = json.loads(outcome.out)
    assert found.pop("data") == "mnist5k"
    assert found.items() <= trained.record.metrics.items()
    assert nothing_in(Path.cwd())


def test_evaluating_names_the_data_it_is_told(command, trained):
    outcome = command("evaluate.py", f"checkpoint={trained.folder / 'best.ckpt'}", "data=mnist5k")
    assert json.loads(outcome.out)["data"] == "mnist5k"


def test_evaluating_refuses_an_evaluation_that_is_none(command, trained):
    outcome = command("evaluate.py", f"checkpoint={trained.folder / 'best.ckpt'}", "evaluation=[reconstruction,taste]")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.line.startswith("error: evaluation=taste: choose from reconstruction")


def test_evaluating_refuses_a_checkpoint_that_is_none(command, trained, tmp_path):
    truncated, foreign = tmp_path / "truncated.ckpt", tmp_path / "foreign.ckpt"
    truncated.write_bytes((trained.folder / "best.ckpt").read_bytes()[:5000])
    foreign.write_text("not a checkpoint")
    for path in (truncated, foreign, tmp_path / "missing.ckpt"):
        outcome = command("evaluate.py", f"checkpoint={path}")
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
    outcome = command("evaluate.py", *arguments)
    assert outcome.status == 2
    assert all(part in outcome.line for part in parts), outcome.line


@pytest.mark.parametrize("threads", ["0", "abc", "1.5"])
def test_evaluating_refuses_threads_that_are_none(command, trained, threads):
    outcome = command("evaluate.py", f"checkpoint={trained.folder / 'best.ckpt'}", f"threads={threads}")
    assert outcome.status == 2
    assert f"threads={threads}" in outcome.line.replace("'", "")


@pytest.mark.parametrize("rounds", ["0", "abc", "1.5"])
def test_the_benchmark_refuses_rounds_that_are_none(command, rounds):
    outcome = command("bench.py", "run", f"rounds={rounds}")
    assert outcome.status == 2
    assert f"rounds={rounds}" in outcome.line


@pytest.mark.parametrize(
    ("arguments", "choices"),
    [([], "run, logging, fleet"), (["walk"], "run, logging, fleet"), (["run", "foo=1"], "rounds, device, out")],
)
def test_the_benchmark_answers_bad_input_in_one_line(command, arguments, choices):
    outcome = command("bench.py", *arguments)
    assert outcome.status == 2
    assert f"choose from {choices}" in outcome.line
