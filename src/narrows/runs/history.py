"""The curves of a run: one number per epoch, for TensorBoard, checkpoint and record."""

from collections import defaultdict
from typing import Any


class History:
    """The completed epochs of a run. Plain data, to which the training loop adds a row after each epoch.

    Curves: `train/loss` is the mean over the epoch's steps, `val/loss` the mean after the epoch of the loss that
    `trainer.monitor` names; `lr` is the learning rate after the last step; `gradient_norm` is the mean over steps;
    `active_units` is defined in `measures`; `seconds` is the time of the training steps, `images_per_second` the number
    of images trained on in one of them. Sparse codes also have `l0` and `silent_units`, see `measures`; a code slot may
    add its own: `perplexity` of a codebook.
    `pretraining` holds the curves of each pretrained layer, which have epochs of their own. In the first `warmup`
    epochs the weight of kl still rises, so none of them can be the best epoch.
    """

    def __init__(self, warmup: int = 0) -> None:
        self.curves: dict[str, list[float]] = defaultdict(list)
        self.pretraining: dict[str, list[float]] = {}
        self.warmup = warmup

    @property
    def epochs(self) -> int:
        return len(self.curves.get("train/loss", []))

    def add(self, row: dict[str, float]) -> None:
        """Append an epoch."""
        for name, value in row.items():
            self.curves[name].append(value)

    @property
    def best_epoch(self) -> int:
        """The epoch, counted from 1, with the lowest validation loss; the last one if no images are held out."""
        losses = self.curves.get("val/loss", [])
        if len(losses) <= self.warmup:  # only warm-up so far
            return 1 if losses else self.epochs
        return losses.index(min(losses[self.warmup :]), self.warmup) + 1

    def stalled(self, patience: int | None) -> bool:
        """True if the validation loss fell in none of the last `patience` epochs; always False for None."""
        return patience is not None and self.epochs > self.warmup and self.epochs - self.best_epoch >= patience

    def state_dict(self) -> dict[str, Any]:
        return {"curves": {name: list(values) for name, values in self.curves.items()}, "pretraining": self.pretraining}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.curves, self.pretraining = defaultdict(list, state["curves"]), state["pretraining"]

    def copy(self) -> "History":
        """The history up to here, to which no epochs are added."""
        history = History(self.warmup)
        history.load_state_dict(self.state_dict())
        return history
