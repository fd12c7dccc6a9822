"""Whether a fleet fits into memory. Linux grants more than it has and kills the process that uses it, with no error.

So the need is estimated before the fleet is built.
"""

from collections.abc import Sequence

import psutil
import torch

from narrows.config.schema import Config
from narrows.data.splits import Splits
from narrows.training.make import make_module

#: Copies of a member's weights in memory while it trains; measured 10 with 7 million weights, 12 with 0.2 million: the
#: member's own, the stack's, the best, the gradient, two moments, and all but the gradient again in a checkpoint.
COPIES = 12


def check(configs: Sequence[Config], splits: Splits, beside: int) -> None:
    """Raise MemoryError if these runs need more than their share of the free memory, of `beside` fleets at a time.

    Overestimates the need by up to 2 once the other fleets hold theirs. Knows the machine's memory and not the limit of
    a container or a job: there `hydra.launcher.max_size` helps.
    """
    widest = max(configs, key=lambda config: config.model.bottleneck)
    weights = make_module(widest, splits).autoencoder.state_dict().values()
    needed = COPIES * len(configs) * sum(weight.nbytes for weight in weights)
    share = psutil.virtual_memory().available / beside
    if needed > share:
        raise MemoryError(
            f"{len(configs)} runs need {_gigabytes(needed)} of memory, and their share is {_gigabytes(share)}"
        )


def out_of_memory(error: Exception) -> bool:
    """True if the error is out-of-memory, by its class or, where a library has none for it, by its message."""
    texts = ("can't allocate memory", "out of memory", "not enough memory")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(text in str(error) for text in texts)


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.2g} GB"
