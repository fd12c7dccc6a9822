"""The curves of a run: one number an epoch, for TensorBoard, the checkpoint and the record alike."""

from collections import defaultdict
from typing import Any


class History:
    """What is known of each epoch that is over. Plain data: whoever trains adds a row an epoch.

    Curves: `train/loss` is the mean over the epoch while the weights moved, `val/loss` the mean after it; `lr` is the
    rate that the epoch ended with, its schedule's for the next step; `gradient_norm` and `active_units` as in
    `measures`; `seconds` the time of its training steps; `images_per_second` of those.
    `pretraining` holds those of each pretrained layer, over epochs of their own. In the first `warmup` epochs the
    losses are another objective's: none of them can be the best.
    """

    def __init__(self, warmup: int = 0) -> None:
        self.curves: dict[str, list[float]] = defaultdict(list)
        self.pretraining: dict[str, list[float]] = {}
        self.warmup = warmup

    @property
    def epochs(self) -> int:
        return len(self.curves.get("train/loss", []))

    def add(self, row: dict[str, float]) -> None:
        """One more epoch."""
        for name, value in row.items():
            self.curves[name].append(value)

    @property
    def best_epoch(self) -> int:
        """The epoch, counted from 1, with the lowest validation loss; the last where nothing is held out."""
        losses = self.curves.get("val/loss", [])
        if len(losses) <= self.warmup:  # all monitored losses are infinite alike: the first of them stays
            return 1 if losses else self.epochs
        return losses.index(min(losses[self.warmup :]), self.warmup) + 1

    def stalled(self, patience: int | None) -> bool:
        """Whether the last `patience` epochs brought no lower validation loss; None waits for ever."""
        return patience is not None and self.epochs > self.warmup and self.epochs - self.best_epoch >= patience

    def state_dict(self) -> dict[str, Any]:
        return {"curves": dict(self.curves), "pretraining": self.pretraining}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.curves, self.pretraining = defaultdict(list, state["curves"]), state["pretraining"]
