"""What is typed wrongly after `narrows detect` is answered in one line."""

from pathlib import Path

import pytest

from narrows.run import run
from support.outcomes import nothing_in
from support.own_data import configure_own, flowers

#: What is typed, and the line.
MISTAKES = {
    "": "narrows detect: TRAIN is missing; see --help",
    "table.csv": "narrows detect: NEW is missing; see --help",
    "table.csv a b": "b: only one NEW, and a is it; see --help",
    "table.csv nowhere.csv": "data.path=nowhere.csv: no such file or folder",
    "nowhere.csv table.csv": "data.path=nowhere.csv: no such file or folder",
    "nowhere.ckpt table.csv": "checkpoint=nowhere.ckpt: no such file",
    "table.csv table.csv false_alarms=0": "false_alarms=0.0: must be above 0 and at most 0.5",
    "table.csv table.csv false_alarms=few": "false_alarms=few: must be a number, such as 0.01",
    "table.csv table.csv watch=yes": "watch=yes: choose from true, false",
    "table.csv table.csv watch=true": "table.csv: no such folder; watch=true scores the files that appear in one",
    "table.csv table.csv data.val_size=0": "data.val_size=0: a threshold needs validation rows",
    "nowhere.ckpt table.csv model.bottleneck=3": "model.bottleneck=3: is a knob of training, and nowhere.ckpt is "
    "trained already",
}


@pytest.fixture
def table(command):
    flowers().drop(columns="species").to_csv("table.csv", index=False)


@pytest.mark.parametrize("typed", MISTAKES)
def test_a_mistake_is_answered_in_one_line(command, table, typed):
    outcome = command("detect", *typed.split())
    assert (outcome.status, outcome.err.splitlines()[-1]) == (2, f"error: {MISTAKES[typed]}")
    Path("table.csv").unlink()
    assert nothing_in(Path.cwd())


def test_an_unknown_knob_is_answered_with_a_near_one(command, table):
    outcome = command("detect", "table.csv", "table.csv", "model.botleneck=3")
    assert "did you mean model.bottleneck?" in outcome.err.splitlines()[-1]


def test_a_run_on_a_data_set_of_the_catalogue_is_refused_by_name(command, table, trained):
    outcome = command("detect", str(trained.folder), "table.csv")
    assert outcome.line == (
        f"error: checkpoint={trained.folder}/best.ckpt: was trained on data=mnist5k; detect takes runs on data=arrays"
    )


def test_a_run_whose_data_are_gone_or_changed_is_refused(command, table, tmp_path):
    flowers().drop(columns="species").to_csv(tmp_path / "own.csv", index=False)
    run(configure_own(tmp_path / "own.csv", "model=linear", "trainer.max_epochs=1"), tmp_path / "run")
    with (tmp_path / "own.csv").open("a") as file:
        file.write("1,2,3,4\n")
    changed = command("detect", f"{tmp_path}/run", "table.csv")
    assert changed.line == f"error: checkpoint={tmp_path}/run/best.ckpt: own.csv has changed since it was trained"
    (tmp_path / "own.csv").unlink()
    gone = command("detect", f"{tmp_path}/run", "table.csv")
    assert gone.status == 2
    assert "the threshold needs the data of its training; " in gone.line
    assert f"data.path={tmp_path}/own.csv: no such file or folder" in gone.line


def test_a_study_is_refused(command, table, tmp_path):
    (tmp_path / "swept").mkdir()
    (tmp_path / "swept/study.json").write_text("{}")
    outcome = command("detect", f"{tmp_path}/swept", "table.csv")
    assert outcome.line == f"error: {tmp_path}/swept: holds a study; name the folder of one of its runs"


def test_a_conditional_autoencoder_is_refused(command, table, tmp_path):
    flowers().to_csv(tmp_path / "own.csv", index=False)
    knobs = ("data.label=species", "model.widths=[8]", "model.conditional=true", "trainer.max_epochs=1")
    run(configure_own(tmp_path / "own.csv", *knobs), tmp_path / "run")
    outcome = command("detect", f"{tmp_path}/run", "table.csv")
    assert outcome.line.endswith("best.ckpt: is conditional; detect takes autoencoders that need no labels")
