"""What layers, stacks and fleets must know of a kind: class attributes of its module, read by everybody else.

State that no gradient moves needs no attribute: it is a buffer.
"""

from typing import ClassVar

from torch import Tensor, nn


class Layer(nn.Module):
    """A layer of this package.

    draws   `forward` takes a source of noise as its second argument and draws from it
    stacks  `forward` also takes arrays of M members, (M, B, …), with parameters (M, …); other kinds are vectorised by
            `torch.func.vmap`, which costs milliseconds of Python a step
    """

    draws: ClassVar[bool] = False
    stacks: ClassVar[bool] = False


class Code(Layer):
    """A code slot: (B, n · k) numbers of the encoder to codes (B, k). All kinds take a source of noise, few draw.

    hidden_per_number  n, how many numbers of the encoder make one number of the code
    padding            what a kind must find in place of hidden numbers that a narrower code of a stack does not have,
                       so that they do not change the others
    """

    hidden_per_number: ClassVar[int] = 1
    padding: ClassVar[float] = 0.0

    def width(self, code: Tensor) -> "int | Tensor":
        """k for codes (B, k); where codes are padded a member's own k, (1,), or in stacked arrays (M, 1)."""
        return code.shape[-1]


class Corruption(Layer):
    """A corruption: images (B, C, H, W) and a source of noise to images of the same shape."""


def stacks(module: nn.Module) -> bool:
    """Whether each layer of a network takes arrays of M members as it is; see `Layer`."""
    layers = [layer for layer in module.modules() if isinstance(layer, Layer) or not list(layer.children())]
    return all(layer.stacks if isinstance(layer, Layer) else isinstance(layer, nn.Linear) for layer in layers)
