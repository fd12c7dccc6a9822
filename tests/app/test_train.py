"""`narrows train`: its help, what a run leaves, and what a signal leaves of it."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from narrows.config.knobs import knobs
from narrows.models.activations import ACTIVATIONS
from narrows.run import run
from narrows.runs import record
from support.configs import TINY, tiny
from support.outcomes import nothing_in, same, script, weights_of


def test_help_shows_every_knob_with_its_meaning_default_and_choices(command):
    outcome = command("train", "--help")
    assert (outcome.status, outcome.err) == (0, "")
    lines = {line.split()[0]: line for line in outcome.out.splitlines() if line.split()}
    for key, meaning in knobs().items():
        assert meaning in lines[key]
    assert "[128, 64, 12]" in lines["model.widths"]
    assert all(name in lines["model.activation"] for name in ACTIVATIONS)
    assert nothing_in(Path.cwd())


def test_help_shows_the_defaults_of_the_slots_that_are_chosen(command):
    lines = {
        line.split()[0]: line.split() for line in command("train", "--help", "data=mnist5k").out.splitlines() if line
    }
    assert lines["data.name"][1] == "mnist5k"
    assert lines["data.val_size"][1] == "500"


def test_a_run_ends_in_its_folder_and_says_so(command, trained):
    outcome = command("train", *TINY, "trainer.max_epochs=3", "hydra.run.dir=run", "logger=tensorboard")
    assert outcome.status == 0
    assert outcome.out.splitlines() == [record.read(Path("run")).summary(), str(Path("run").absolute())]
    assert {"best.ckpt", "last.ckpt", "record.json"} <= {path.name for path in Path("run").iterdir()}
    assert [path.name for path in Path.cwd().iterdir()] == ["run"]
    assert same(weights_of(Path("run")), weights_of(trained.folder))  # by whichever way it was started


def test_a_run_that_diverges_has_status_1_and_says_where(command):
    diverging = (*TINY, "model=linear", "optimizer=sgd", "optimizer.lr=1e20", "hydra.run.dir=run")
    outcome = command("train", *diverging)
    assert outcome.status == 1
    assert re.fullmatch(r"error: the loss became (nan|inf) in epoch 1, step 2", outcome.line)
    left = record.read(Path("run"))
    assert (left.status, f"error: {left.error}") == ("failed", outcome.line)
    again = command("train", *TINY, "hydra.run.dir=run")  # what failed may be tried again in place
    assert again.status == 0
    assert record.read(Path("run")).status == "done"


# --- signals


def interrupted(folder: Path, number: signal.Signals) -> tuple[int, str]:
    """The exit status and stderr of a long run that got the signal once its first checkpoint was written."""
    process = subprocess.Popen(
        [sys.executable, "-m", "narrows", "train", *TINY, "trainer.max_epochs=100000", "hydra.run.dir=run"],
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
    more = script("train", *TINY, epochs, "run.resume=true", "hydra.run.dir=run", cwd=tmp_path)
    assert (more.status, more.err) == (0, "")  # quiet, as the output is no terminal
    assert len(more.out.splitlines()) == 2
    run(tiny(epochs), tmp_path / "whole")
    assert record.read(tmp_path / "run").status == "done"
    assert same(weights_of(tmp_path / "run"), weights_of(tmp_path / "whole"))
