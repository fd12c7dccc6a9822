"""The errors of the images of runs that end together, computed together on a GPU."""

from collections.abc import Sequence
from pathlib import Path

import torch

from narrows.data.splits import Splits
from narrows.evaluation.support.reconstruction_errors import SplitErrors
from narrows.fleet.errors_together import errors_together
from narrows.sweeps.member_run import MemberRun


def evaluates_together(device: torch.device) -> bool:
    """Whether runs that end together are evaluated together: on a GPU; a CPU rounds as for a run alone."""
    return device.type != "cpu"


def errors_of(runs: Sequence[MemberRun], splits: Splits) -> dict[Path, SplitErrors]:
    """The errors of these runs' images by their folders, without those of runs that failed."""
    trained = [run for run in runs if not run.member.error]
    if not trained:
        return {}
    members = [run.member for run in trained]
    errors = errors_together([member.trained for member in members], [member.images for member in members], splits)
    return {run.folder: of_run for run, of_run in zip(trained, errors, strict=True)}
