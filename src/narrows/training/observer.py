"""The interface by which training reports to an observer, for example a TensorBoard logger."""

from typing import Protocol

from narrows.models.autoencoder import Autoencoder
from narrows.runs.history import History


class Observer(Protocol):
    """Follows a run while it trains. Epochs count from 1."""

    def begin(self, history: History) -> None:
        """Called once before training; `history` holds the epochs before the run was resumed, if it was."""

    def epoch(self, history: History) -> None:
        """Called after each epoch, whose row is the last of the history."""

    def due(self, epoch: int) -> bool:
        """Whether `look` is to be called after this epoch."""

    def look(self, autoencoder: Autoencoder, epoch: int) -> None:
        """Called with the autoencoder after this epoch; must leave it in the same mode."""
