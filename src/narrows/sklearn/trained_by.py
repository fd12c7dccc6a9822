"""Who trains the autoencoders of estimators: by default each `fit` its own; a search trains those of many together."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from narrows.front.fit_arrays import fit
from narrows.own.raw import Array
from narrows.trained.trained_autoencoder import TrainedAutoencoder


@dataclass(frozen=True, eq=False)
class Order:
    """An autoencoder to be trained: the rows or images, and the keywords of `narrows.fit`."""

    values: Array
    keywords: Mapping[str, object]

    @cached_property
    def key(self) -> tuple[str, str]:
        """Checksum of the values, and the keywords as text: equal for orders that give the same autoencoder."""
        digest = hashlib.sha256(np.ascontiguousarray(self.values).data)
        checksum = f"{self.values.dtype} {self.values.shape} {digest.hexdigest()}"
        return checksum, json.dumps(self.keywords, sort_keys=True, default=repr)


def alone(order: Order) -> TrainedAutoencoder:
    """Train it now, by itself."""
    return fit(order.values, progress=False, **order.keywords)  # type: ignore[arg-type] # any knob


Trainer = Callable[[Order], TrainedAutoencoder]
_TRAINER: ContextVar[Trainer] = ContextVar("_TRAINER", default=alone)


def trained(order: Order) -> TrainedAutoencoder:
    """The trained autoencoder, by the trainer of the moment."""
    return _TRAINER.get()(order)


@contextmanager
def training_by(trainer: Trainer) -> Iterator[None]:
    """In the body `trainer` trains the autoencoders of all estimators."""
    token = _TRAINER.set(trainer)
    try:
        yield
    finally:
        _TRAINER.reset(token)
