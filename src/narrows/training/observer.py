"""What training tells whoever follows a run: a board, or nobody."""

from typing import Protocol

from narrows.models.autoencoder import Autoencoder
from narrows.runs.history import History


class Observer(Protocol):
    """Follows a run while it trains. Epochs count from 1."""

    def begin(self, history: History) -> None:
        """Called once before training, with the epochs that an earlier part of the run has trained."""

    def epoch(self, history: History) -> None:
        """Called after each epoch, whose row is the last of the history."""

    def due(self, epoch: int) -> bool:
        """Whether `look` is to be called after this epoch."""

    def look(self, autoencoder: Autoencoder, epoch: int) -> None:
        """The autoencoder as it is after this epoch; its mode is left as it was."""
