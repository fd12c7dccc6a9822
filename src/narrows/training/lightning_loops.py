"""The state of Lightning's loops, for checkpoints that a fleet writes and Lightning resumes from.

Lightning has no public constructor for it, so the counters of an unused trainer are set and its state is read.
"""

from functools import cache
from math import ceil
from typing import Any

import lightning as L

from narrows.data.batches import ROUND
from narrows.training.fit import quieten


def loops(epochs: int, steps: int) -> dict[str, Any]:
    """The `loops` of a checkpoint after so many epochs of so many optimiser steps each."""
    trainer, rounds = _trainer(), ceil(steps / ROUND)
    fit, progress = trainer.fit_loop, trainer.fit_loop.epoch_progress
    _set(progress.total, epochs)
    _set(progress.current, epochs)
    progress.total.completed = progress.current.completed = epochs - 1  # as when a callback saves
    _set(fit.epoch_loop.batch_progress.total, epochs * rounds)
    _set(fit.epoch_loop.batch_progress.current, rounds)
    fit.epoch_loop.batch_progress.is_last_batch = True
    fit.epoch_loop._batches_that_stepped = epochs * rounds
    _set(fit.epoch_loop.manual_optimization.optim_step_progress.total, epochs * steps)
    _set(fit.epoch_loop.manual_optimization.optim_step_progress.current, epochs * steps)
    others = {f"{name}_loop": getattr(trainer, f"{name}_loop").state_dict() for name in ("validate", "test", "predict")}
    return {"fit_loop": fit.state_dict(), **others}


@cache
def _trainer() -> L.Trainer:
    quieten()
    return L.Trainer(
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def _set(counts: object, number: int) -> None:
    """Set every count of one of Lightning's trackers: ready, started, processed, completed."""
    for stage in vars(counts):
        setattr(counts, stage, number)
