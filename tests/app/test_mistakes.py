"""A user's mistakes: one line on stderr, exit status 2, and nothing written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from narrows.app.messages import ALL_KEYS
from narrows.config.catalogue import CATALOGUE
from narrows.models.activations import ACTIVATIONS
from narrows.runs import study
from support.configs import TINY
from support.outcomes import nothing_in, script

#: What is typed, and what the one line must hold: the key as typed, the value, the choices or bounds.
BAD = {
    "model.bottleneck=0": ["model.bottleneck=0", "1"],
    "model.bottleneck=-3": ["model.bottleneck=-3", "1"],
    "model.bottleneck=2.5": ["model.bottleneck=2.5", "integer"],
    "model.bottleneck=abc": ["model.bottleneck='abc'", "integer"],
    "model.bottleneck=null": ["model.bottleneck=null", "integer"],
    "model.widths=[]": ["model.widths=[]: must have at least 1 item"],
    "evaluation=probe": ["evaluation='probe': must be a list, as in [probe]"],
    "evaluation.probe=1": ["evaluation.probe=1: evaluation is a list"],
    "sweep.on_error=panic": ["sweep.on_error='panic': must be 'continue' or 'stop'"],
    "sweep=null": ["sweep=null: must be a section"],
    "report=null": ["report=null: must be a section"],
    "hydra.job.chdir=abc": ["hydra.job.chdir=abc: Value 'abc'"],
    "hydra.run.dir=null": ["hydra.run.dir=null: "],
    "seed=${nope}": ["seed: interpolation key 'nope' not found"],
    "=3": ["=3: must be key=value", ALL_KEYS],
    "hydra.launcher=null": ["hydra.launcher=null: a launcher is chosen as hydra/launcher=NAME"],
    "hydra.job.nope=1": ["hydra.job.nope: no such key", "--cfg hydra"],
    "data.bottleneck=1": ["did you mean model.bottleneck?"],
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
    "optimizer=adamx": ["optimizer=adamx", "adam", "adamw", "sgd"],
    "objective=hinge": ["objective=hinge", "mse", "bce", "l1"],
    "schedule=linear": ["schedule=linear", "constant", "cosine", "one_cycle"],
    "trainer=tpu": ["trainer=tpu", "auto", "cpu", "gpu"],
    "trainer.precision=8": ["trainer.precision=8", "32-true", "bf16-mixed"],
    "trainer.max_epochs=0": ["trainer.max_epochs=0", "1"],
    "logger=wandb": ["logger=wandb", "tensorboard", "none"],
    "seed=-1": ["seed=-1", "0"],
    "bottleneck=3": ["bottleneck", "did you mean model.bottleneck?", ALL_KEYS],
    "lr=0.1": ["lr: no such key (did you mean optimizer.lr?)", ALL_KEYS],
    "epochs=3": ["epochs: no such key (did you mean pretrain.epochs or trainer.max_epochs?)", ALL_KEYS],
    "learning_rate=3": ["learning_rate: no such key", ALL_KEYS],
    "model.bottlneck=3": ["model.bottlneck", "did you mean model.bottleneck?", ALL_KEYS],
    "foo=1": ["foo: no such key", ALL_KEYS],
    "traner=x": ["traner: no such key (did you mean trainer?)", ALL_KEYS],
    "modle=mlp": ["modle: no such key (did you mean model?)", ALL_KEYS],
    "traner.threads=1": ["traner.threads: no such key (did you mean trainer.threads?)", ALL_KEYS],
    "trainer.foo=1": ["choose from trainer.", "trainer.max_epochs", "trainer.patience", ALL_KEYS],
    "+foo=1": ["foo=1"],
    "+model.foo=1": ["model.foo=1"],
    "~model.widths": ["model.widths", "missing"],
    "model.bottleneck": ["model.bottleneck: must be key=value", ALL_KEYS],
    "run.resume=true": ["run.resume=true", "no run to continue"],
    "hydra.run.dir=/dev/null/run": ["hydra.run.dir=/dev/null/run", "cannot be written"],
}


@pytest.mark.parametrize("argument", BAD)
def test_bad_input_gets_one_line_and_status_2_and_writes_nothing(command, argument):
    outcome = command("train", argument)
    assert outcome.status == 2
    assert outcome.line.startswith("error: ")
    assert len(outcome.line) < 350  # five lines of a terminal
    missing = [part for part in BAD[argument] if part not in outcome.line]
    assert not missing, outcome.line
    assert outcome.out == ""
    assert nothing_in(Path.cwd())


@pytest.mark.parametrize("argument", ["model.bottleneck=0", "model.activation=reluu", "foo=1"])
def test_bad_input_in_a_process_of_its_own(tmp_path, argument):
    outcome = script("train", argument, cwd=tmp_path)
    assert outcome.status == 2
    assert all(part in outcome.line for part in BAD[argument])
    assert outcome.out == ""
    assert nothing_in(tmp_path)


def test_the_first_of_two_mistakes_does_not_hide_that_nothing_ran(command):
    outcome = command("train", "model.bottleneck=0", "optimizer.lr=nan")
    assert outcome.status == 2
    assert "model.bottleneck=0" in outcome.line


def test_a_folder_below_a_file_cannot_be_written(command):
    Path("file").write_text("mine")
    outcome = command("train", *TINY, "hydra.run.dir=file/run")
    assert outcome.status == 2
    assert outcome.line.startswith("error: hydra.run.dir=file/run: cannot be written")
    assert Path("file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into every folder")
def test_a_folder_without_permission_cannot_be_written(command):
    Path("closed").mkdir(mode=0o500)
    outcome = command("train", *TINY, "hydra.run.dir=closed/run")
    assert outcome.status == 2
    assert outcome.line.startswith("error: hydra.run.dir=closed/run: cannot be written")


def test_a_folder_that_holds_a_run_is_not_overwritten(command, trained):
    before = {path: path.read_bytes() for path in trained.folder.iterdir() if path.is_file()}
    outcome = command("train", *TINY, f"hydra.run.dir={trained.folder}")
    assert outcome.status == 2
    assert f"hydra.run.dir={trained.folder}" in outcome.line
    assert "run.resume=true" in outcome.line
    assert {path: path.read_bytes() for path in trained.folder.iterdir() if path.is_file()} == before


def test_a_single_run_is_not_written_into_the_folder_of_a_study(command):
    Path("five").mkdir()
    plan = study.Study(name="five", question="", command="", axes={"seed": [0]}, runs={"seed-0": {"seed": 0}})
    study.write(plan, Path("five"))
    for more in ((), ("run.resume=true",)):
        outcome = command("train", *TINY, "hydra.run.dir=five", *more)
        assert (outcome.status, outcome.out) == (2, "")
        assert outcome.line.startswith("error: hydra.run.dir=five: holds the runs of a study")
        assert [path.name for path in Path("five").iterdir()] == [study.NAME]


@pytest.mark.parametrize("sweeper", ["study", "basic"])
def test_a_multirun_is_not_written_into_the_folder_of_a_single_run(command, sweeper):
    Path("one").mkdir()
    Path("one/record.json").write_text("{}")
    outcome = command("train", "-m", *TINY, "seed=0,1", f"hydra/sweeper={sweeper}", "hydra.sweep.dir=one")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.line.startswith("error: hydra.sweep.dir=one: holds a single run")
    assert [path.name for path in Path("one").iterdir()] == ["record.json"]


def test_a_folder_with_a_damaged_record_is_not_overwritten(command):
    Path("run").mkdir()
    Path("run/record.json").write_text('{"status": "do')
    outcome = command("train", *TINY, "hydra.run.dir=run")
    assert outcome.status == 2
    assert "record.json" in outcome.line
    assert Path("run/record.json").read_text() == '{"status": "do'


def test_data_that_cannot_be_reached_is_one_paragraph(command, tmp_path):
    (tmp_path / "data").mkdir()
    outcome = command("train", "trainer=cpu", f"data.root={tmp_path / 'data'}")
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
    outcome = command("train", "trainer=cpu", *sizes, f"data.root={tmp_path / 'data'}")
    assert outcome.status == 2
    assert f"{path} is damaged or truncated" in outcome.line
    assert not list(Path.cwd().rglob("record.json"))


WITHOUT_TORCH = """
import sys
from narrows.app.main import main
try:
    main(sys.argv[1:])
finally:
    print("torch" in sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize("argument", ["model.bottleneck=0", "foo=1", "--help"])
def test_mistakes_and_help_do_not_wait_for_torch(tmp_path, argument):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, "train", argument],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == (0 if argument == "--help" else 2)
    assert done.stderr.splitlines()[-1] == "False"
