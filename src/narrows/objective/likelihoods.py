"""Decoders' likelihoods as reconstruction errors: -log p(x | z) in nats per pixel, normalised over the pixel's values.

Each is a density of pixels, or can be read as one; then the values of different likelihoods are comparable.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from narrows.models.autoencoder import Reconstruction
from narrows.models.heads import components, log_normaliser
from narrows.models.latents.densities import LOG_2_PI
from narrows.objective.pixel_errors import mean_over_pixels, mse

LEVELS = 255  # steps between the values of a byte


def gaussian(output: Reconstruction, images: Tensor) -> Tensor:
    """-log N(x; reconstruction, σ²) per pixel, images (B, C, H, W) to (B,), with the learnt σ of `heads.Gaussian`.

    Rybkin et al. 2021, eq. 4. At the best σ² = MSE it is (log(2π MSE) + 1) / 2.
    """
    return mse(output, images) * (-2 * output.log_scale).exp() / 2 + output.log_scale + LOG_2_PI / 2


def continuous_bernoulli(output: Reconstruction, images: Tensor) -> Tensor:
    """-log of the continuous Bernoulli density per pixel, from the scores as logits: images (B, C, H, W) to (B,).

    Cross-entropy with the normaliser that makes it a density of grey values in [0, 1] (Loaiza-Ganem & Cunningham 2019,
    eq. 3 to 6).
    """
    return mean_over_pixels(log_normaliser(output.scores) - images * output.scores)


def logistic_mixture(output: Reconstruction, images: Tensor) -> Tensor:
    """-log of the probability of each pixel's byte, mean over pixels: images (B, C, H, W) of bytes over 255 to (B,).

    A mixture of logistic distributions integrated over the steps of a byte, the outermost to infinity (Salimans et al.
    2017, section 2.1); channels are independent, each with a mixture of its own.
    """
    log_weights, means, log_scales = components(output.scores, output.scores.shape[-3] // images.shape[-3])
    distances, half = images.unsqueeze(-4) - means, 0.5 / LEVELS
    above, below = ((distances + side) * (-log_scales).exp() for side in (half, -half))
    width = (-torch.expm1(-(-log_scales).exp() / LEVELS)).log()
    inside = F.logsigmoid(above) + F.logsigmoid(-below) + width  # log(σ(above) - σ(below)), exactly
    pixels = images.unsqueeze(-4)
    log_probabilities = torch.where(pixels < half, F.logsigmoid(above), inside)
    log_probabilities = torch.where(pixels > 1 - half, F.logsigmoid(-below), log_probabilities)
    return -mean_over_pixels((log_weights + log_probabilities).logsumexp(-4))
