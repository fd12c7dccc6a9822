"""What every posterior has in common: the distribution q(z|x) of the code, described by the encoder's output."""

from typing import ClassVar

from torch import Generator, Tensor

from narrows.models.traits import Drawn, Layer
from narrows.seeds import Noise


class Posterior(Layer):
    """A distribution for each image, from the encoder's output (…, B, h) to codes (…, B, k).

    closed_form        there is a closed form of the divergence from the simplest prior of its space, `divergence`
    tractable          the density of any code is known, `log_density`; otherwise only that of a code that was drawn
    hidden_per_number  h / k, where that is the same for every k; 0 where it is not: members of a stack then have to
                       have codes of one width
    """

    stacks = True
    closed_form: ClassVar[bool] = False
    tractable: ClassVar[bool] = False
    hidden_per_number: int = 0

    def initialise(self, generator: Generator | None) -> None:
        """Draw the initial weights, if there are any."""

    def mean(self, hidden: Tensor) -> Tensor:
        """The code without noise, (…, B, k)."""
        raise NotImplementedError

    def sample(self, hidden: Tensor, noise: Noise) -> Tensor:
        """One code of each distribution, (…, B, k)."""
        return self.draw(hidden, noise).code

    def draw(self, hidden: Tensor, noise: Noise, detached: bool = False) -> Drawn:
        """As `sample`, with the log density of each code.

        `detached`: the gradient of the density reaches the encoder by the code only.
        """
        code = self.sample(hidden, noise)
        return Drawn(code, self.log_density(hidden.detach() if detached else hidden, code))

    def log_density(self, hidden: Tensor, code: Tensor) -> Tensor:
        """log q(z|x) of codes (…, B, k) in nats, (…, B), if it is `tractable`."""
        raise NotImplementedError

    def log_densities(self, hidden: Tensor, codes: Tensor) -> Tensor:
        """log q of every code (…, B, k) under each of C distributions (…, C, h), if it is `tractable`: (…, B, C)."""
        raise NotImplementedError

    def divergence(self, hidden: Tensor) -> Tensor:
        """KL divergence from the simplest prior of its space in nats, (…, B), if there is a `closed_form`."""
        raise NotImplementedError
