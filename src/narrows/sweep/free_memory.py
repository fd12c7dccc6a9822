"""Whether a fleet fits into memory. Linux promises more than it has and kills who uses it, which no `except` sees."""

from collections.abc import Sequence

import psutil
import torch

from narrows.config.schema import Config
from narrows.data.splits import Splits
from narrows.training.make import make_module

#: Copies of a member's weights while it trains, measured: 10 with 7 million of them, 12 with 0.2 million. Its own, the
#: stack's and the best, a gradient, two moments, and all but the gradient again while a checkpoint is written.
COPIES = 12


def check(configs: Sequence[Config], splits: Splits, beside: int) -> None:
    """Raise MemoryError if these runs want more than their share of what is free, with `beside` fleets at a time.

    It errs on the small side, by up to 2, once the other fleets have theirs, and knows the machine's memory, not the
    limit of a container or a job: there `max_size` helps.
    """
    widest = max(configs, key=lambda config: config.model.bottleneck)
    weights = make_module(widest, splits).autoencoder.state_dict().values()
    wanted = COPIES * len(configs) * sum(weight.nbytes for weight in weights)
    if wanted > (share := psutil.virtual_memory().available / beside):
        raise MemoryError(f"{len(configs)} runs want {_gb(wanted)} of memory, and their share is {_gb(share)}")


def out_of_memory(error: Exception) -> bool:
    """Whether that is what it says; not every library has a class for it."""
    texts = ("can't allocate memory", "out of memory", "not enough memory")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(text in str(error) for text in texts)


def _gb(numbers: float) -> str:
    return f"{numbers / 1e9:.2g} GB"
