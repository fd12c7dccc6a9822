"""Forward passes without gradients, batch by batch."""

from collections.abc import Callable

import torch
from torch import Tensor

from narrows.data.batches import WHOLE
from narrows.data.sources import as_floats


@torch.no_grad()
def in_batches(function: Callable[[Tensor], Tensor], images: Tensor, size: int = WHOLE) -> Tensor:
    """Outputs of `function` for all images (N, …), in one tensor (N, …), computed for `size` images at a time.

    `function` gets pixels as floats in [0, 1]; images that are floats already are not scaled.
    """
    return torch.cat([function(as_floats(batch)) for batch in images.split(size)])
