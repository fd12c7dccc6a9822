"""What a multirun refuses before it begins, and that no job is composed more often than needed."""

from pathlib import Path

import pytest

from narrows.app.composer import Composer
from support.outcomes import nothing_in
from support.sweeps import SMALL

SIZES = "choose from smoke, quick, full"

#: What is typed after `narrows train`, and the one line.
MISTAKES = {
    "-m study=bottleneck size=huge": f"size=huge: {SIZES}",
    "-m study=bottleneck size=huge --dry": f"size=huge: {SIZES}",
    "-m study=bottleneck hydra/sweeper=basic": "study=bottleneck: only hydra/sweeper=study trains the grid of a study; "
    "with hydra/sweeper=basic leave study= out and type ranges and fixed settings as keys",
    "-m hydra/sweeper=basic seed=0,1 study.arms={a:{}}": "study.arms: only hydra/sweeper=study has it",
    "-m seed=0,1 hydra/sweeper=basic --dry": "--dry: only hydra/sweeper=study plans its runs before it trains",
    "-m seed=0,1 report.width=wide": "report.width=wide: choose from column, page, slide",
    "report.width=column": "study=…, size=…, report.width=… and --dry are for a multirun: add -m",
    "-m study=nope": "study=nope: choose from activation, beta, bottleneck, ",
    "-m size=quick seed=0,1": "size=quick: only a study has sizes; add study=NAME",
    "study=bottleneck": "study=…, size=…, report.width=… and --dry are for a multirun: add -m",
    "size=quick": "study=…, size=…, report.width=… and --dry are for a multirun: add -m",
    "--dry": "study=…, size=…, report.width=… and --dry are for a multirun: add -m",
    "seed=0,1": "seed=0,1: several values need a multirun: add -m; a list is written in brackets",
    "arm=plain": "arm: is for a multirun: add -m",
    "-m seed=0,1 optimizer.lr=logspce(-5,-3,3)": (
        "optimizer.lr=logspce(-5,-3,3): logspce: no such function (did you mean logspace?); choose from bool, choice, "
    ),
    "-m model={bottleneck:2},{bottleneck:4}": "model={bottleneck:2},{bottleneck:4}: a level is no mapping; study.arms",
    "--cfg job -m": "--multirun and --cfg exclude one another",
    "seed=0,1 -m hydra.sweep.subdir=mine": "hydra.sweep.subdir=mine: leave it out: the folders of runs are named by",
    "seed=0,1 -m hydra.sweep.subdir=${hydra:job.num}": "hydra.sweep.subdir=${hydra:job.num}: leave it out",
    "seed=0,1 -m hydra.sweep.subdir=mine hydra/sweeper=basic": "hydra.sweep.subdir=mine: leave it out",
    "data.root=a,b": "data.root=a,b: several values need a multirun: add -m; a list is written in brackets; one text "
    "with commas is quoted, as in 'data.root=\"a,b\"'",
    "data.path=5 data=arrays": "data.path=5: must be a valid string; quoted it is one: 'data.path=\"5\"'",
    "--cfg job --resolve -m": "--multirun and --cfg exclude one another",
    "--resolve": "--resolve: only with --cfg or --help",
    "--shell-completion": "Expecting one subcommand from",
    "--cfg everything": "argument --cfg/-c: invalid choice: 'everything' (choose from 'job', 'hydra', 'all')",
    "--frobnicate": "--frobnicate: no such option; see --help and --hydra-help",
}


@pytest.mark.parametrize("command_line", MISTAKES)
def test_a_mistake_is_answered_in_one_line_with_the_choices(command, command_line):
    outcome = command("train", *command_line.split())
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.line.startswith(f"error: {MISTAKES[command_line]}")
    assert nothing_in(Path.cwd())


def test_options_may_stand_among_the_overrides(command):
    outcome = command("train", "seed=0,1", "-m", *SMALL, "--dry", "model.bottleneck=2,3")
    assert outcome.status == 0, outcome.err
    assert "4 runs: 4 to train" in outcome.out


@pytest.fixture
def composed(monkeypatch) -> list[tuple[str, ...]]:
    """The overrides of every job that is composed."""
    calls: list[tuple[str, ...]] = []
    compose = Composer._compose

    def counting(composer, overrides, place):
        calls.append(tuple(overrides))
        return compose(composer, overrides, place)

    monkeypatch.setattr(Composer, "_compose", counting)
    return calls


def test_a_study_composes_each_job_once(command, composed):
    outcome = command("train", "-m", *SMALL, "seed=0,1,2", "hydra/launcher=fleet")
    assert outcome.status == 0, outcome.err
    assert len(composed) == len(set(composed)) == 3


def test_a_search_composes_the_groups_of_all_its_trials_once(command, composed, monkeypatch):
    with_groups = []
    compose_groups = Composer._compose_groups
    monkeypatch.setattr(
        Composer, "_compose_groups", lambda *call: with_groups.append(call[1:]) or compose_groups(*call)
    )
    space = ("model.bottleneck=choice(2,3,4)", "hydra.sweeper.n_trials=3", "hydra.sweeper.sampler.seed=0")
    outcome = command("train", "-m", *SMALL, *space, "hydra/sweeper=optuna", "hydra/launcher=fleet")
    assert outcome.status == 0, outcome.err
    assert composed
    assert len(with_groups) == 1
