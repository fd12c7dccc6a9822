"""Planar flows: Rezende & Mohamed 2015, eq. 10 to 12 and appendix A.1."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from narrows.models.latents.densities import LOG_2_PI
from narrows.models.latents.posterior import Posterior
from narrows.models.traits import Drawn
from narrows.seeds import Noise, normal


class PlanarFlow(Posterior):
    """A Gaussian that is transformed by `flows` steps z ← z + u · tanh(w·z + b).

    The encoder gives means, logarithms of variances, and u and w of each step, (…, B, (2 + 2 flows) k); each step has
    one b for all images.
    """

    def __init__(self, flows: int) -> None:
        super().__init__()
        self.hidden_per_number = 2 + 2 * flows
        self.biases = nn.Parameter(torch.zeros(flows))

    def mean(self, hidden: Tensor) -> Tensor:
        """The code whose noise is 0."""
        return self._transformed(hidden, None).code

    def draw(self, hidden: Tensor, noise: Noise, detached: bool = False) -> Drawn:
        return self._transformed(hidden, noise)

    def _transformed(self, hidden: Tensor, noise: Noise | None) -> Drawn:
        mean, log_variance, *directions = hidden.chunk(self.hidden_per_number, -1)
        epsilon = torch.zeros_like(mean) if noise is None else normal(mean, noise, of_code=True)
        code = mean + (log_variance / 2).exp() * epsilon
        log_density = -(epsilon.square() + log_variance + LOG_2_PI).sum(-1) / 2
        for step, (u, w) in enumerate(zip(directions[::2], directions[1::2], strict=True)):
            code, log_determinant = planar(code, u, w, self.biases[..., step : step + 1])
            log_density = log_density - log_determinant
        return Drawn(code, log_density)


def planar(code: Tensor, u: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """One step on codes (…, B, k) with directions of the same shape and b (…, 1), and the log determinant, (…, B).

    The part of u along w is changed so that u·w > -1, which makes the step invertible: appendix A.1.
    """
    along = (u * w).sum(-1)
    bounded = F.softplus(along) - 1
    u = u + ((bounded - along) / w.square().sum(-1).clamp(min=1e-12)).unsqueeze(-1) * w
    activated = ((code * w).sum(-1) + b).tanh()
    determinant = activated.square() + F.softplus(along) * (1 - activated.square())  # 1 + u·w (1 - tanh²)
    return code + u * activated.unsqueeze(-1), determinant.log()
