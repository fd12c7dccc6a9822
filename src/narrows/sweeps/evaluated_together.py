"""Errors and losses of runs that end together, computed together on a GPU."""

from collections.abc import Sequence
from pathlib import Path

import torch

from narrows.conclude import Trained
from narrows.data.splits import Splits
from narrows.fleet.errors_together import errors_together, losses_together
from narrows.sweeps.member_run import MemberRun


def evaluates_together(device: torch.device) -> bool:
    """Whether runs that end together are evaluated together: on a GPU; a CPU rounds as for a run alone."""
    return device.type != "cpu"


def trained_together(runs: Sequence[MemberRun], splits: Splits) -> dict[Path, Trained]:
    """These runs after their training by their folders, without those that failed."""
    runs = [run for run in runs if not run.member.error]
    if not runs:
        return {}
    members = [run.member for run in runs]
    best = [member.trained() for member in members]
    errors = errors_together(best, [member.images for member in members], splits)
    losses = losses_together(members, best, splits.test.pixels)
    return {
        run.folder: Trained(run.config, run.member.splits, run.member.history, autoencoder, of_images, test_loss)
        for run, autoencoder, of_images, test_loss in zip(runs, best, errors, losses, strict=True)
    }
