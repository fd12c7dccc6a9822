"""Pushes a study to a tracker; runs that are there already, unchanged, are skipped."""

from pathlib import Path
from typing import Literal, assert_never

from narrows.extras import require
from narrows.push.finished_study import finished_study

Tracker = Literal["mlflow", "wandb"]


def push(folder: Path, to: Tracker, project: str = "") -> str:
    """Push the finished runs of the study in `folder`; returns what was done, in a line.

    `project` is MLflow's experiment or the project of Weights & Biases, by default the study's name. Raises UserError
    for a package that is missing, a study without finished runs, and a tracker that cannot be reached.
    """
    require(f"--to {to}", to, to)
    study = finished_study(folder)
    project = project or study.name
    match to:
        case "mlflow":
            from narrows.push.mlflow_runs import push_runs

            where, counts = push_runs(study, project)
        case "wandb":
            from narrows.push.wandb_runs import push_runs as push_wandb_runs

            where, counts = push_wandb_runs(study, project)
        case _:
            assert_never(to)
    told = ", ".join(f"{number} {what}" for what, number in counts.items() if number)
    left_out = f"; {study.unfinished} not finished, left out" if study.unfinished else ""
    return f"{project}: {told}{left_out}; {where}"
