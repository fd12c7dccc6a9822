"""What every prior has in common: the distribution p(z) of codes, some of which have weights that are trained."""

from torch import Generator, Tensor, nn

from narrows.models.latents.posterior import Posterior
from narrows.models.traits import Layer
from narrows.seeds import Noise, uniform


class Prior(Layer):
    """A distribution of codes. Both methods are given the encoder and the posterior, which one prior is made of.

    log_density  log p(z) of codes (…, B, k) in nats, (…, B)
    sample       codes of the shape of `like` (N, k), of one autoencoder
    """

    stacks = True

    def initialise(self, generator: Generator | None) -> None:
        """Draw the initial weights, if there are any."""

    def log_density(self, codes: Tensor, encoder: nn.Module, posterior: Posterior) -> Tensor:
        raise NotImplementedError

    def sample(self, like: Tensor, noise: Noise, encoder: nn.Module, posterior: Posterior) -> Tensor:
        raise NotImplementedError


def picked(probabilities: Tensor, count: int, noise: Noise) -> Tensor:
    """Indices (count,) drawn with these `probabilities` (C,)."""
    drawn = uniform(probabilities.new_empty(count), noise)
    return (probabilities.cumsum(0).unsqueeze(0) <= drawn.unsqueeze(1)).sum(1).clamp(max=len(probabilities) - 1)
