"""Traits of slot kinds: class attributes that tell layers, stacks, fleets and evaluations what a kind does.

Defaults are the safe choice: a kind that forgets one is slower or fails a test. State that is not trained (running
statistics, for example) needs no trait: it is a registered buffer, which `forward` updates in place.
"""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import torch
from torch import Generator, Tensor, nn

from narrows.seeds import Noise

NOTHING = torch.empty(0)  # for fields that a caller leaves out


class Drawn(NamedTuple):
    """Codes (…, B, k), and log q(z|x) of each in nats, (…, B), where it was asked for."""

    code: Tensor
    log_density: Tensor = NOTHING


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
    has_prior          codes are drawn from a distribution that has a prior, see `codes.Variational`: images can be
                       generated from the prior, and the evidence lower bound is defined
    estimates          its divergence from the prior has no closed form, and is estimated from the codes that are drawn
    watches            codes are sparse: how many units are active, and how many never, is logged
    alphabet           how many values each of a code's `symbols` has; 0 for a code of real numbers
    logs               whether it has `curves`
    """

    hidden_per_number: int = 1
    padding: ClassVar[float] = 0.0
    has_prior: ClassVar[bool] = False
    estimates: bool = False
    watches: ClassVar[bool] = False
    padded_by: tuple["Code", ...] = ()
    alphabet: int = 0
    logs: ClassVar[bool] = False

    @property
    def kind(self) -> "Code":
        """The code slot that the config names, of which this may be a padded form."""
        return self

    def initialise(self, generator: Generator | None) -> None:
        """Draw the initial weights, if there are any."""

    def symbols(self, hidden: Tensor) -> Tensor:
        """The whole numbers from 0 that a code of an `alphabet` consists of: (B, n · k) to (B, s)."""
        raise NotImplementedError

    def curves(self) -> dict[str, float]:
        """What is logged of the slot's state after each epoch, by name."""
        return {}

    @property
    def constants(self) -> tuple[int, ...]:
        """Integers on which operations depend, and in which members of a fleet may differ."""
        return ()

    def stacked(self, members: Sequence["Code"], device: torch.device) -> dict[str, Tensor]:
        """Make this slot that of a stack of `members`: the settings in which they differ, which become its buffers.

        By the name of the buffer, (M, 1, 1), for codes (M, B, k).
        """
        return {}

    @property
    def present(self) -> Tensor | None:
        """In a stack of several widths: which numbers a member has, (1, k) or stacked (M, 1, k)."""
        return self.padded_by[0].present if self.padded_by else None

    def padded(self, hidden: Tensor) -> Tensor:
        """The encoder's outputs, with `padding` where a member of a stack has none."""
        if self.present is None or self.padding == 0:  # hidden numbers from padded weights are 0 already
            return hidden
        return hidden.where(torch.cat([self.present] * self.hidden_per_number, -1), self.padding)

    def magnitudes(self, hidden: Tensor, code: Tensor) -> Tensor:
        """What an L1 penalty shrinks, (B, k): the codes themselves."""
        return code

    def sample(self, hidden: Tensor, noise: Noise) -> Tensor:
        """One code for each image, (B, n · k) to (B, k), in training and evaluation mode alike."""
        codes: Tensor = self(hidden)
        return codes

    def draw(self, hidden: Tensor, noise: Noise, detached: bool = False) -> Drawn:
        """As `forward`, with the density of each code if it `has_prior`; `detached`: see `latents.posterior`."""
        return Drawn(self(hidden, noise))

    def width(self, code: Tensor) -> "int | Tensor":
        """The number k of numbers in a code. In a stack of several widths: each member's k, (1,) or stacked (M, 1)."""
        return code.shape[-1] if self.present is None else self.present.sum(-1)


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
