"""The command that a report prints trains the same runs again."""

import shlex
import shutil
from pathlib import Path

import pytest

from narrows.runs import record, study
from support.sweeps import ONE_BY_ONE

STUDY = """# @package _global_
study:
  name: mine
  question: Does momentum help?
  sizes: {quick: {optimizer.momentum: "0.5,0.9", seed: range(2)}}
optimizer: {name: sgd, lr: 0.05, momentum: 0.25, weight_decay: 0.0}
"""


def written(folder: Path) -> dict[str, tuple]:
    """What must be the same in each run's record: the determinants and the numbers."""
    runs = study.read(folder).runs
    records = {run: record.read(folder / run) for run in runs}
    return {run: (result.determinants(), result.metrics) for run, result in records.items()}


@pytest.mark.slow
def test_the_printed_command_gives_the_same_records(command):
    own = Path("own configs/study")
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text(STUDY)
    options = ("--config-dir", "own configs", "study=mine", "size=quick", "name=my name", *ONE_BY_ONE)
    first = command("train", "-m", *options)
    assert first.status == 0, first.err
    (folder,) = Path("outputs").iterdir()
    before, page = written(folder), (folder / "report/report.md").read_text()
    printed = study.read(folder).command
    assert printed in page
    shutil.rmtree(folder)
    program, subcommand, *arguments = shlex.split(printed)
    assert (program, subcommand) == ("narrows", "train")
    again = command("train", *arguments)
    assert again.status == 0, again.err
    assert written(folder) == before
