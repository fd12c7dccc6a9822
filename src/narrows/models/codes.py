"""The code slot: what happens between encoder and decoder. Noise is drawn only if `forward` is given a source of it."""

from math import inf

from torch import Generator, Tensor, nn

from narrows.models.latents.densities import precise
from narrows.models.latents.gaussian_posterior import GaussianPosterior
from narrows.models.latents.posterior import Posterior
from narrows.models.latents.prior import Prior
from narrows.models.latents.standard_prior import StandardPrior, UniformPrior
from narrows.models.layers import Activation
from narrows.models.selection import Selecting, keep_largest
from narrows.models.traits import Code, Drawn
from narrows.seeds import Noise


class Plain(Code):
    """The code as the encoder gives it, through an activation: deterministic, (B, k) to (B, k).

    Raises KeyError for an activation that does not exist.
    """

    stacks = True

    def __init__(self, activation: str = "identity") -> None:
        super().__init__()
        self.activation = Activation(activation)

    def forward(self, hidden: Tensor, noise: Noise | None = None) -> Tensor:
        """The codes; nothing is drawn from `noise`."""
        code: Tensor = self.activation(hidden)
        return code


class Variational(Code):
    """A distribution of codes for each image, by default a Gaussian, and their prior, by default the standard normal.

    The encoder's output (B, h) describes the posterior, see `latents`. With a source of noise the code is drawn from
    it, otherwise it is its mean.
    """

    stacks = True
    has_prior = True

    def __init__(self, posterior: Posterior | None = None, prior: Prior | None = None) -> None:
        super().__init__()
        self.posterior = GaussianPosterior() if posterior is None else posterior
        self.prior = StandardPrior() if prior is None else prior
        self.hidden_per_number = self.posterior.hidden_per_number
        self.estimates = not (self.posterior.closed_form and isinstance(self.prior, StandardPrior | UniformPrior))

    def initialise(self, generator: Generator | None) -> None:
        self.posterior.initialise(generator)
        self.prior.initialise(generator)

    def forward(self, hidden: Tensor, noise: Noise | None = None) -> Tensor:
        return self.posterior.mean(hidden) if noise is None else self.sample(hidden, noise)

    def sample(self, hidden: Tensor, noise: Noise) -> Tensor:
        return self.posterior.sample(hidden, noise)

    def draw(self, hidden: Tensor, noise: Noise, detached: bool = False) -> Drawn:
        return self.posterior.draw(precise(hidden), noise, detached)

    def log_ratio(self, drawn: Drawn, encoder: nn.Module) -> Tensor:
        """log q(z|x) - log p(z) of drawn codes (…, B, k) in nats, (…, B)."""
        return drawn.log_density - self.prior.log_density(precise(drawn.code), encoder, self.posterior)

    def prior_sample(self, like: Tensor, noise: Noise, encoder: nn.Module) -> Tensor:
        """Codes from the prior, of the shape of `like` (N, k)."""
        return self.prior.sample(like, noise, encoder, self.posterior)


def variational(code: Code) -> Variational:
    """The variational code in a slot, also in one that a stack has padded. Raises TypeError for another kind."""
    if isinstance(code.kind, Variational):
        return code.kind
    raise TypeError(f"{type(code.kind).__name__}: this code is no distribution")


class Sparse(Selecting):
    """The `active` largest numbers of each code, the rest 0: (B, k) to (B, k) (Makhzani & Frey 2014, section 2.1)."""

    stacks = True
    padding = -inf  # a padded 0 would be larger than a member's negative numbers, and be chosen in their place

    def __init__(self, active: int) -> None:
        super().__init__()
        self.active = self.most = active

    def forward(self, hidden: Tensor, noise: Noise | None = None) -> Tensor:
        return keep_largest(hidden, self.most, self.active)


class Quantised(Code):
    """Each number mapped by tanh to (-1, 1), then rounded to one of `levels` evenly spaced values: (B, k) to (B, k).

    Finite scalar quantisation (Mentzer et al. 2023, section 3.1). Unlike theirs, the values are symmetric about 0 for
    an even number of levels too. Straight-through gradient: rounding counts as the identity (Bengio et al. 2013).
    """

    stacks = True

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.alphabet = levels

    def forward(self, hidden: Tensor, noise: Noise | None = None) -> Tensor:
        bounded = hidden.tanh()
        nearest = self._rounded(bounded) * 2 / (self.alphabet - 1) - 1
        return bounded + (nearest - bounded).detach()

    def symbols(self, hidden: Tensor) -> Tensor:
        return self._rounded(hidden.tanh()).long()

    def _rounded(self, bounded: Tensor) -> Tensor:
        return ((self.alphabet - 1) * (bounded + 1) / 2).round()
