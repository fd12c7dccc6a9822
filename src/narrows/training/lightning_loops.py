"""Lightning's account of how far a run is, for checkpoints that it did not write itself but is to continue from."""

from functools import cache
from math import ceil
from typing import Any

import lightning as L
from lightning.pytorch.loops.progress import _Progress

from narrows.data.batches import ROUND
from narrows.training.fit import quieten


def loops(epochs: int, steps: int) -> dict[str, Any]:
    """The `loops` of a checkpoint after so many epochs of so many optimiser steps each."""
    trainer, rounds = _trainer(), ceil(steps / ROUND)
    fit = trainer.fit_loop
    _set(fit.epoch_progress, epochs, epochs)
    fit.epoch_progress.total.completed = fit.epoch_progress.current.completed = epochs - 1  # as when a callback saves
    _set(fit.epoch_loop.batch_progress, epochs * rounds, rounds)
    fit.epoch_loop.batch_progress.is_last_batch = True
    fit.epoch_loop._batches_that_stepped = epochs * rounds
    _set(fit.epoch_loop.manual_optimization.optim_step_progress, epochs * steps, epochs * steps)
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


def _set(progress: _Progress, total: int, current: int) -> None:
    for part, number in ((progress.total, total), (progress.current, current)):
        for stage in vars(part):
            setattr(part, stage, number)
