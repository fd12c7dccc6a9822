"""The state of Lightning's loops that a fleet writes into its checkpoints."""

from math import ceil

import lightning as L
import pytest

from narrows.data.batches import ROUND
from narrows.training.lightning_loops import loops


def of_lightning(epochs: int, steps: int) -> dict:
    """The state of a trainer whose counters are set to so many epochs of so many optimiser steps."""
    trainer = L.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)
    fit, rounds = trainer.fit_loop, ceil(steps / ROUND)
    count(fit.epoch_progress.total, epochs)
    count(fit.epoch_progress.current, epochs)
    fit.epoch_progress.total.completed = fit.epoch_progress.current.completed = epochs - 1
    count(fit.epoch_loop.batch_progress.total, epochs * rounds)
    count(fit.epoch_loop.batch_progress.current, rounds)
    fit.epoch_loop.batch_progress.is_last_batch = True
    fit.epoch_loop._batches_that_stepped = epochs * rounds
    count(fit.epoch_loop.manual_optimization.optim_step_progress.total, epochs * steps)
    count(fit.epoch_loop.manual_optimization.optim_step_progress.current, epochs * steps)
    return {
        f"{name}_loop": getattr(trainer, f"{name}_loop").state_dict() for name in ("fit", "validate", "test", "predict")
    }


def count(tracker: object, number: int) -> None:
    for stage in vars(tracker):
        setattr(tracker, stage, number)


@pytest.mark.parametrize(("epochs", "steps"), [(1, 1), (3, 40)])
def test_loops_are_those_of_lightning(epochs, steps):
    assert loops(epochs, steps) == of_lightning(epochs, steps)
