"""Whether a fleet fits into memory, estimated before it is built.

Linux lets processes allocate more memory than there is and kills one of them, without an error, once they use it.
"""

from collections.abc import Sequence
from pathlib import Path

import torch

from narrows import memory
from narrows.config.model_size import weight_bytes
from narrows.config.schema import Config

#: Copies of a member's weights in memory while it trains; measured 10 with 7 million weights, 12 with 0.2 million: the
#: member's autoencoder, its part of the stack, the best weights, the gradient, Adam's two moments, and all but the
#: gradient once more for the checkpoint.
COPIES = 12


def check(configs: Sequence[Config], beside: int) -> None:
    """Raise MemoryError if these runs need more than one of `beside` equal shares of the free memory.

    Too strict by a factor of up to 2 once the other fleets have allocated theirs.
    """
    widest = max(configs, key=lambda config: config.model.bottleneck)
    needed, share = COPIES * len(configs) * weight_bytes(widest), memory.free() / beside
    if needed > share:
        raise MemoryError(
            f"{len(configs)} runs need {memory.gigabytes(needed)} of memory, "
            f"and their share is {memory.gigabytes(share)}"
        )


def out_of_memory(error: Exception) -> bool:
    """True if the error is out of memory, by its class or, for libraries without a class for it, by its message."""
    texts = ("can't allocate memory", "out of memory", "not enough memory")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(text in str(error) for text in texts)


def consequence(folders: Sequence[Path], error: Exception) -> str:
    """A line that says how the runs in these folders go on, for whose fleet the memory was too little."""
    if len(folders) == 1:
        return f"{folders[0].name} trains alone, which may be slower, out of memory: {error}"
    return f"{len(folders)} runs are halved, out of memory: {error}"
