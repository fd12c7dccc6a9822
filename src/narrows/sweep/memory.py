"""Whether a fleet fits into memory. Linux lends more than there is and kills who uses it, which nobody can catch."""

from collections.abc import Sequence

import psutil
import torch

from narrows.config import Config
from narrows.data.datamodule import Splits
from narrows.training.make import make_module

#: How often a member's weights are there while it trains: 10 times at 7 million of them, 12 at 0.2 million. Its own,
#: in the stack and as best weights, with the gradient and two moments, and all but the gradient again in a checkpoint.
TIMES = 12


def check(configs: Sequence[Config], splits: Splits, beside: int) -> None:
    """Raise MemoryError if these runs want more than their share of what is free, with `beside` fleets at a time."""
    widest = max(configs, key=lambda config: config.model.bottleneck)
    weights = make_module(widest, splits).autoencoder.state_dict().values()
    wanted = TIMES * len(configs) * sum(weight.nbytes for weight in weights)
    if wanted > (share := psutil.virtual_memory().available / beside):
        raise MemoryError(f"{len(configs)} runs want {_gb(wanted)} of memory, and their share is {_gb(share)}")


def out_of_memory(error: Exception) -> bool:
    """Whether that is what it says; not every library has a class for it."""
    texts = ("can't allocate memory", "out of memory", "not enough memory")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(text in str(error) for text in texts)


def _gb(numbers: float) -> str:
    return f"{numbers / 1e9:.2g} GB"
