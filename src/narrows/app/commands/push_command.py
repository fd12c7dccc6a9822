"""`narrows push`: the finished runs of a study for a tracker of experiments."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from narrows.app.arguments import Argument, Usage
from narrows.push.push_study import Tracker, push

TRACKERS = {
    "mlflow": "MLflow, at MLFLOW_TRACKING_URI",
    "wandb": "Weights & Biases; with WANDB_MODE=offline into a folder, for wandb sync",
}
USAGE = Usage(
    "push",
    "Send the finished runs of a study with their curves, pictures and report. Runs that are there are not sent again.",
    operand=("STUDY", Argument("the folder of a study, or of one run")),
    settings={
        "--to": Argument("the tracker of experiments", choices=TRACKERS, required=True),
        "--project": Argument("MLflow's experiment, or the project; by default the study's name"),
    },
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows push ARGUMENTS`."""
    given = USAGE.parse(arguments)
    tracker: Tracker = next(name for name in get_args(Tracker) if name == given.options["--to"])
    print(push(Path(given.operand), tracker, given.options["--project"]))
