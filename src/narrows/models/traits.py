"""Traits of slot kinds: class attributes that tell layers, stacks, fleets and evaluations what a kind does.

Defaults are the safe choice: a kind that forgets one is slower or fails a test. State that is not trained (running
statistics, for example) needs no trait: it is a registered buffer, which `forward` updates in place.
"""

from typing import ClassVar

from torch import Tensor, nn

from narrows.seeds import Noise


class Layer(nn.Module):
    """A layer of this package: `forward(x, noise=None)`. Layers without randomness ignore `noise`.

    stacks  `forward` also takes arrays of M members, (M, B, …), with parameters (M, …). Other kinds are vectorised by
            `torch.func.vmap`, which costs milliseconds of Python in each step.
    """

    stacks: ClassVar[bool] = False


class Code(Layer):
    """A code slot: `forward(hidden, noise=None)` maps the encoder's output (B, n · k) to codes (B, k).

    hidden_per_number  n: how many outputs of the encoder make one number of the code
    padding            the value of the encoder's outputs that a narrower member of a stack does not have; chosen so
                       that they do not change the member's own numbers
    has_prior          the encoder's output describes a Gaussian, `codes.gaussian`, whose prior is the standard normal:
                       images can be generated from the prior, and the evidence lower bound is defined
    """

    hidden_per_number: ClassVar[int] = 1
    padding: ClassVar[float] = 0.0
    has_prior: ClassVar[bool] = False

    def sample(self, hidden: Tensor, noise: Noise) -> Tensor:
        """One code for each image, (B, n · k) to (B, k), in training and evaluation mode alike."""
        codes: Tensor = self(hidden)
        return codes

    def width(self, code: Tensor) -> "int | Tensor":
        """The number k of numbers in a code. In a stack of several widths: each member's k, (1,) or stacked (M, 1)."""
        return code.shape[-1]


class Corruption(nn.Module):
    """A corruption: `forward(images, noise=None)`, images (B, C, H, W) to the same shape.

    changes  False only where `forward` returns its input, so that it need not be called
    level    its strength, the only setting in which members of a stack may differ: then (M, 1, 1, 1, 1)
    """

    changes: ClassVar[bool] = True

    def __init__(self, level: float | Tensor = 0.0) -> None:
        super().__init__()
        self.level = level

    def at(self, level: float | Tensor) -> "Corruption":
        """The same kind at another level."""
        return type(self)(level)


def stacks(module: nn.Module) -> bool:
    """Whether every layer of a network takes stacked arrays, so that it can do without vmap; see `Layer`."""
    layers = [layer for layer in module.modules() if isinstance(layer, Layer) or not list(layer.children())]
    return all(layer.stacks if isinstance(layer, Layer) else isinstance(layer, nn.Linear) for layer in layers)
