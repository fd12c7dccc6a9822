"""Heads: from the decoder's outputs to pixels, each the mean of the distribution that the objective assumes."""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from narrows.models.traits import NOTHING, Layer
from narrows.seeds import Noise

#: Functions from the decoder's last layer to pixels. Only `linear` can leave [0, 1].
OUTPUTS = {"sigmoid": torch.sigmoid, "linear": torch.positive, "tanh": lambda scores: (scores.tanh() + 1) / 2}

#: Half the argument of the functions below, under which their series is used; the first term left out is 10⁻¹¹ there.
SERIES = 0.25


class Head(Layer):
    """A head: `forward(scores)` maps the decoder's outputs (…, n · C, H, W) to images (…, C, H, W).

    outputs    n: how many outputs of the decoder describe one pixel
    of_logits  whether images are the sigmoid of the scores
    log_scale  logarithm of the standard deviation that all pixels share, (1,); empty for heads that learn none
    """

    stacks = True
    outputs: int = 1
    of_logits: bool = False

    @property
    def log_scale(self) -> Tensor:
        return NOTHING


class Pointwise(Head):
    """A function of each output, a key of `OUTPUTS`. Raises KeyError for another name."""

    def __init__(self, output: str) -> None:
        super().__init__()
        self.function = OUTPUTS[output]
        self.of_logits = output == "sigmoid"

    def forward(self, scores: Tensor, noise: Noise | None = None) -> Tensor:
        images: Tensor = self.function(scores)
        return images


class Gaussian(Pointwise):
    """As `Pointwise`, with a learnt standard deviation around it, the same for all pixels and images.

    The shared σ of Rybkin et al. 2021, section 4.1, in units of the pixels. It begins at 0.37.
    """

    def __init__(self, output: str) -> None:
        super().__init__(output)
        self.log_sigma = nn.Parameter(torch.full((1,), -1.0))

    @property
    def log_scale(self) -> Tensor:
        return self.log_sigma


class ContinuousBernoulli(Head):
    """The mean of a continuous Bernoulli distribution with the outputs as logits.

    Loaiza-Ganem & Cunningham 2019, eq. 8. With natural parameter η it is the derivative of `log_normaliser`,
    (1 + coth(η/2) - 2/η) / 2.
    """

    def forward(self, scores: Tensor, noise: Noise | None = None) -> Tensor:
        half = scores / 2
        near, square = half.abs() < SERIES, half.square()
        far = half.where(~near, 1.0)
        series = half * (1 / 3 + square * (-1 / 45 + square * (2 / 945 - square / 4725)))
        return (1 + torch.where(near, series, 1 / far.tanh() - 1 / far)) / 2


def log_normaliser(logits: Tensor) -> Tensor:
    """log ∫ exp(ηx) dx over [0, 1] = log((exp η - 1) / η), of logits η of any shape.

    -log of the normaliser of the paper in its parameter λ is this minus log(1 - λ). By its series near η = 0, that is
    λ = 1/2, where the formula is 0 / 0.
    """
    half = logits.abs() / 2
    near, square = half < SERIES, (logits / 2).square()
    far = half.where(~near, 1.0)
    series = square * (1 / 6 + square * (-1 / 180 + square * (1 / 2835 - square / 37800)))
    return logits / 2 + torch.where(near, series, far + (-torch.expm1(-2 * far) / (2 * far)).log())


class LogisticMixture(Head):
    """The mean of a mixture of logistic distributions, cut to [0, 1], for each pixel and channel.

    The decoder gives three numbers for each of `components`: see `components`. The mean of the distribution over the
    256 values of a byte, of Salimans et al. 2017, differs from it by less than half a step.
    """

    NUMBERS: ClassVar[int] = 3

    def __init__(self, components: int) -> None:
        super().__init__()
        self.outputs = self.NUMBERS * components

    def forward(self, scores: Tensor, noise: Noise | None = None) -> Tensor:
        log_weights, means, log_scales = components(scores, self.outputs)
        scales = log_scales.exp()
        cut = scales * (F.softplus(means / scales) - F.softplus((means - 1) / scales))  # ∫ P(x > t) dt over [0, 1]
        return (log_weights.exp() * cut).sum(-4)


def components(scores: Tensor, outputs: int) -> tuple[Tensor, Tensor, Tensor]:
    """Logarithms of the weights, means and logarithms of the scales of K components of each pixel, (…, K, C, H, W).

    From scores (…, 3K · C, H, W), 3K `outputs` for each pixel. For scores of 0 the means lie evenly in [0, 1] and
    scales are 0.14; they stay between exp(-7), a quarter of a step of a byte, and exp(3), where all bytes are alike.
    """
    count = outputs // LogisticMixture.NUMBERS
    weights, means, log_scales = scores.unflatten(-3, (LogisticMixture.NUMBERS, count, -1)).unbind(-5)
    places = (torch.arange(count, dtype=scores.dtype, device=scores.device) + 0.5) / count
    return weights.log_softmax(-4), means + places.view(-1, 1, 1, 1), (log_scales - 2).clamp(-7, 3)
