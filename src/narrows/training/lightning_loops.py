"""The state of Lightning's loops, for checkpoints that a fleet writes and Lightning resumes from.

Lightning has no public constructor for it and takes seconds to import, so it is written here as a trainer has it.
"""

from collections.abc import Sequence
from math import ceil
from typing import Any

from narrows.data.batches import ROUND

#: What Lightning counts of optimiser steps, of their `zero_grad`, and of batches and epochs.
STEP, ZERO_GRAD = ("ready", "completed"), ("ready", "started", "completed")
BATCH = ("ready", "started", "processed", "completed")


def loops(epochs: int, steps: int) -> dict[str, Any]:
    """The `loops` of a checkpoint after so many epochs of so many optimiser steps each."""
    rounds = ceil(steps / ROUND)
    unused = _counts(BATCH)
    not_last: dict[str, Any] = unused | {"is_last_batch": False}
    fit = {
        "state_dict": {},
        "epoch_loop.state_dict": {"_batches_that_stepped": epochs * rounds},
        "epoch_loop.batch_progress": _counts(BATCH, epochs * rounds, rounds) | {"is_last_batch": True},
        "epoch_loop.scheduler_progress": _counts(STEP),
        "epoch_loop.automatic_optimization.state_dict": {},
        "epoch_loop.automatic_optimization.optim_progress": {
            "optimizer": {"step": _counts(STEP), "zero_grad": _counts(ZERO_GRAD)}
        },
        "epoch_loop.manual_optimization.state_dict": {},
        "epoch_loop.manual_optimization.optim_step_progress": _counts(STEP, epochs * steps, epochs * steps),
        "epoch_loop.val_loop.state_dict": {},
        "epoch_loop.val_loop.batch_progress": not_last,
        "epoch_progress": {  # as when a callback saves, which is before the epoch is completed
            name: counts | {"completed": epochs - 1} for name, counts in _counts(BATCH, epochs, epochs).items()
        },
    }
    others = {f"{name}_loop": {"state_dict": {}, "batch_progress": not_last} for name in ("validate", "test")}
    return {"fit_loop": fit} | others | {"predict_loop": {"state_dict": {}, "batch_progress": unused}}


def _counts(stages: Sequence[str], total: int = 0, current: int = 0) -> dict[str, dict[str, int]]:
    """A tracker of Lightning: how often each stage was reached, in total and since the last reset."""
    return {"total": dict.fromkeys(stages, total), "current": dict.fromkeys(stages, current)}
