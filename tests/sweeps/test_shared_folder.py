"""Sweeps into a folder that holds a study: another question is refused and nothing is touched."""

from pathlib import Path

import pytest

from narrows.runs import study
from support.sweeps import AXES, FOLDER, everything, records


@pytest.mark.parametrize("dry", [(), ("--dry",)])
def test_another_fixed_knob_is_one_line_and_touches_nothing(sweep, done, dry):
    before = everything(Path())
    outcome = sweep(*AXES, "trainer.max_epochs=2", "data.train_size=256", *dry)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.line == (
        f"error: {FOLDER}: holds another study, which differs in data.train_size=128 there and 256 here; "
        "trainer.max_epochs=1 there and 2 here: choose name=NAME, which trains in a folder of its own, or delete this "
        "folder"
    )
    assert everything(Path()) == before


@pytest.mark.parametrize("axis", ["seed=range(0)", "model.activation=nonsense,nothing"])
@pytest.mark.parametrize("dry", [(), ("--dry",)])
def test_a_grid_without_valid_runs_leaves_the_study_that_is_there(sweep, done, axis, dry):
    before = everything(Path())
    outcome = sweep(axis, *AXES[:1], f"hydra.sweep.dir={FOLDER}", *dry)
    assert outcome.status == 2
    assert outcome.line.startswith("error: ")
    assert everything(Path()) == before


def test_a_level_that_is_removed_keeps_its_folder(sweep, done):
    assert sweep("model.bottleneck=choice(2)", "seed=0,1").status == 0
    assert len(records(done)) == 4
    assert set(study.read(done).runs) == {"bottleneck-2_seed-0", "bottleneck-2_seed-1"}
