"""Whether a fleet fits into memory, estimated before it is built.

Linux lets processes allocate more memory than there is and kills one of them, without an error, once they use it.
"""

from collections.abc import Sequence

import psutil
import torch

from narrows.config.schema import Config
from narrows.data.splits import Splits
from narrows.training.make import make_module

#: Copies of a member's weights in memory while it trains; measured 10 with 7 million weights, 12 with 0.2 million: the
#: member's autoencoder, its part of the stack, the best weights, the gradient, Adam's two moments, and all but the
#: gradient once more for the checkpoint.
COPIES = 12


def check(configs: Sequence[Config], splits: Splits, beside: int) -> None:
    """Raise MemoryError if these runs need more than one of `beside` equal shares of the free memory.

    Too strict by a factor of up to 2 once the other fleets have allocated theirs. The limit of a container or a cluster
    job is not known here, only the machine's memory: there set `hydra.launcher.max_size`.
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
    """True if the error is out of memory, by its class or, for libraries without a class for it, by its message."""
    texts = ("can't allocate memory", "out of memory", "not enough memory")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(text in str(error) for text in texts)


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.2g} GB"
