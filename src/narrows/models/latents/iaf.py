"""Inverse autoregressive flow: Kingma et al. 2016, section 3; its network is that of Germain et al. 2015."""

import torch
from torch import Generator, Tensor, nn

from narrows.models.latents.densities import LOG_2_PI
from narrows.models.latents.masked_linear import MaskedLinear
from narrows.models.latents.posterior import Posterior
from narrows.models.traits import Drawn, Layer
from narrows.seeds import Noise, normal


class InverseAutoregressiveFlow(Posterior):
    """A Gaussian that is transformed by `flows` autoregressive steps with `units` hidden units each.

    The encoder gives means, logarithms of variances and the context of the steps: (…, B, 3k). The order of the numbers
    is reversed from step to step. All steps begin as the identity.
    """

    hidden_per_number = 3

    def __init__(self, numbers: int, flows: int, units: int) -> None:
        super().__init__()
        self.steps = nn.ModuleList(AutoregressiveStep(numbers, units, step % 2 == 1) for step in range(flows))

    def initialise(self, generator: Generator | None) -> None:
        for step in self.steps:
            assert isinstance(step, AutoregressiveStep)
            step.initialise(generator)

    def mean(self, hidden: Tensor) -> Tensor:
        """The code whose noise is 0."""
        code, _, context = hidden.chunk(3, -1)
        for step in self.steps:
            code, _ = step(code, context)
        return code

    def draw(self, hidden: Tensor, noise: Noise, detached: bool = False) -> Drawn:
        mean, log_variance, context = hidden.chunk(3, -1)
        epsilon = normal(mean, noise, of_code=True)
        code = mean + (log_variance / 2).exp() * epsilon
        log_density = -(epsilon.square() + log_variance + LOG_2_PI).sum(-1) / 2
        for step in self.steps:
            code, log_determinant = step(code, context)
            log_density = log_density - log_determinant
        return Drawn(code, log_density)


class AutoregressiveStep(Layer):
    """z ← shift + scale · z, where the shift and scale of a number depend on the numbers before it and on the context.

    Eq. 10; log scale = tanh(…) keeps it within a factor of e, as real NVP does (Dinh et al. 2017, section 3.1).
    """

    stacks = True

    def __init__(self, numbers: int, units: int, backwards: bool) -> None:
        super().__init__()
        places, degrees = torch.arange(numbers), torch.arange(units) % numbers  # a unit sees the first `degree` numbers
        order = places.flip(0) if backwards else places
        inputs = (order < degrees.unsqueeze(1)).float()
        outputs = (degrees <= order.unsqueeze(1)).float()
        self.of_codes, self.of_context = MaskedLinear(inputs), MaskedLinear(torch.ones(units, numbers))
        self.out = MaskedLinear(outputs, parts=2)

    def initialise(self, generator: Generator | None) -> None:
        self.of_codes.initialise(generator)
        self.of_context.initialise(generator)

    def forward(self, code: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """The code after this step, and the logarithm of the determinant of its Jacobian, (…, B)."""
        hidden = (self.of_codes(code) + self.of_context(context)).relu()
        shift, raw = self.out(hidden).chunk(2, -1)
        log_scale = raw.tanh()
        return shift + log_scale.exp() * code, log_scale.sum(-1)
