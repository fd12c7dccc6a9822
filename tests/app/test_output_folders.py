"""Names of output folders: default names never collide, and what is no name of a folder is refused in one line."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hydra.core.utils import setup_globals
from joblib.externals.loky import get_reusable_executor
from omegaconf import OmegaConf

from narrows.app.output_folders import folder_of, unused
from narrows.config.typed_text import quoted
from narrows.errors import UserError
from support.configs import TINY
from support.outcomes import nothing_in
from support.sweeps import SMALL, records


@pytest.fixture
def in_the_same_second(monkeypatch, tmp_path):
    """The config of a run whose folder is named by the time, which stands still, in an empty folder."""
    setup_globals()
    monkeypatch.chdir(tmp_path)
    return lambda: OmegaConf.create({"hydra": {"run": {"dir": "outputs/${now:%Y}"}}})


def test_runs_of_the_same_second_have_a_folder_each(in_the_same_second):
    names = []
    for config in (in_the_same_second() for _ in range(3)):
        unused(config, "run")
        names.append(config.hydra.run.dir)
    year = datetime.now().year
    assert names == [f"outputs/{year}", f"outputs/{year}-2", f"outputs/{year}-3"]
    assert all(Path(name).is_dir() for name in names)


def test_a_name_that_the_user_gave_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = OmegaConf.create({"hydra": {"run": {"dir": "mine"}}})
    Path("mine").mkdir()
    unused(config, "run")
    assert folder_of(config, "run") == Path("mine")


@pytest.mark.parametrize("name", ["", " ", None])
def test_an_empty_name_is_refused(name):
    with pytest.raises(UserError, match=r"hydra\.run\.dir=.*: must be the name of a folder"):
        folder_of(OmegaConf.create({"hydra": {"run": {"dir": name}}}), "run")


@pytest.mark.parametrize("launcher", ["fleet", "basic"])
@pytest.mark.parametrize("key", ["name", "hydra.sweep.dir"])
def test_a_name_that_is_too_long_is_refused(command, launcher, key):
    outcome = command("train", "-m", *TINY, f"hydra/launcher={launcher}", "seed=0,1", f"{key}={'a' * 300}")
    assert outcome.status == 2
    assert outcome.line.endswith("aaa: a name has at most 255 bytes")
    assert nothing_in(Path.cwd())


def test_a_name_that_is_not_utf_8_is_refused():
    with pytest.raises(UserError, match=r"hydra\.run\.dir: b'.*a\\xff' is not UTF-8"):
        folder_of(OmegaConf.create({"hydra": {"run": {"dir": "a\udcff"}}}), "run")


#: Characters that Hydra's parser, a shell or a pattern of names would take for something else.
NAMES = ("lr=0.1", "(x)", "é", "a b,c", """it's "q" [x]{y}$(z)\\""")


@pytest.mark.parametrize("launcher", ["basic", "fleet", pytest.param("joblib", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", NAMES)
def test_every_launcher_trains_in_every_folder(command, name, launcher):
    if launcher == "joblib":  # Hydra's plugin keeps workers that are in the folder of the test before
        get_reusable_executor().shutdown()
    outcome = command(
        "train", "-m", *SMALL, "seed=0,1", f"hydra.sweep.dir={quoted(name)}", f"hydra/launcher={launcher}"
    )
    assert outcome.status == 0, outcome.err
    assert {run.status for run in records(Path(name)).values()} == {"done"}
    assert len(records(Path(name))) == 2
    if launcher == "basic":
        assert command("report", name).status == 0
        assert command("evaluate", name, "evaluation=reconstruction", "processes=1").status == 0


def test_relative_paths_are_those_of_the_command_line_also_with_chdir(command):
    pd.DataFrame(np.random.default_rng(0).random((60, 3)), columns=list("abc")).to_csv("x.csv", index=False)
    table = (
        "data=arrays",
        "data.path=x.csv",
        "trainer=cpu",
        "trainer.max_epochs=1",
        "model.bottleneck=1",
        "logger=none",
    )
    small = (*table, "data.batch_size=16", "hydra.job.chdir=true")
    assert command("train", *small, "hydra.run.dir=run").status == 0
    assert (
        command("evaluate", "checkpoint=run/best.ckpt", "hydra.job.chdir=true", "hydra.run.dir=elsewhere").status == 0
    )
    for launcher in ("basic", "fleet"):
        outcome = command("train", "-m", *small, "seed=0,1", f"name={launcher}", f"hydra/launcher={launcher}")
        assert outcome.status == 0, outcome.err
        assert [run.status for run in records(Path("outputs") / launcher).values()] == ["done", "done"]


def test_a_run_that_is_done_is_said_to_be_and_left_alone(command):
    assert command("train", *TINY, "hydra.run.dir=run").status == 0
    before = {path.name: path.read_bytes() for path in Path("run").iterdir() if path.is_file()}
    outcome = command("train", *TINY, "hydra.run.dir=run", "run.resume=true")
    assert outcome.status == 0
    assert outcome.out.startswith("done already: test MSE")
    assert {path.name: path.read_bytes() for path in Path("run").iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("model=null", "model=null: choose from conv, linear, mlp"),
        ("++model=null", "model=null: choose from conv, linear, mlp"),
        ("model=5", "model=5: choose from conv, linear, mlp"),
        ("data=null", "data=null: choose from arrays, cifar10, dsprites, emnist, fashion_mnist"),
        ("code=null", "code=null: choose from batch_topk, gated, jumprelu, plain"),
        ("objective/weights=null", "objective/weights=null: must be the name of a choice"),
        ("evaluation=null", "evaluation=null: must be a list in brackets"),
        ("run=null", "run=null: must be a section"),
        ("sweep=null", "sweep=null: must be a section"),
        ("~model", "model is missing"),
        ("hydra.run.dir=", "hydra.run.dir=: must be the name of a folder"),
        ("trainer.threads=100000000", "trainer.threads=100000000: must be less than or equal to 1024"),
        ("model.bottleneck=1000000000000", "model.bottleneck=1000000000000"),
        ("model.widths=[100000000000]", "widths=[100000000000]: the model needs"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_line_and_writes_nothing(command, override, line):
    outcome = command("train", *TINY, override)
    assert (outcome.status, outcome.out) == (2, "")
    assert line in outcome.line
    assert nothing_in(Path())


def test_a_refused_run_leaves_the_users_own_empty_folder(command):
    Path("mine").mkdir()
    outcome = command("train", "data=fashion_mnist", "data.root=nowhere", "trainer=cpu", "hydra.run.dir=mine")
    assert outcome.status == 2
    assert nothing_in(Path("mine"))
    command("train", "data=fashion_mnist", "data.root=nowhere", "trainer=cpu", "hydra.run.dir=ours")
    assert not Path("ours").exists()
