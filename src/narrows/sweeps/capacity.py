"""How many fleets can train at a time, and whether on GPUs."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from joblib import cpu_count

from narrows.sweeps.plan import PlannedRun


class Capacity(NamedTuple):
    """Of this machine or of a cluster, for the runs of a sweep."""

    fleets: int  # that train at a time
    gpu: bool  # whether each trains on a GPU


def of_this_machine(runs: Sequence[PlannedRun]) -> Capacity:
    """One fleet for each GPU, or for each core."""
    count = gpus(runs)
    return Capacity(count or cpu_count(), bool(count))


def gpus(runs: Sequence[PlannedRun]) -> int:
    """The number of GPUs of this machine, 0 if none of the runs may use one."""
    if not may_use_gpu(runs):
        return 0
    if not any(Path("/dev").glob("nvidia[0-9]*")):  # without loading torch
        return 0
    import torch

    return torch.cuda.device_count()


def may_use_gpu(runs: Sequence[PlannedRun]) -> bool:
    return any(config.trainer.accelerator != "cpu" for config, _ in runs)
