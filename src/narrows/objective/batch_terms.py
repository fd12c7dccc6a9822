"""Terms that compare the numbers of variational codes with one another over a batch, so that they become independent.

Each needs more images than there are numbers in a code to mean much. For a variational code only.
"""

from math import log

import torch
from torch import Tensor

from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.models.latents.densities import LOG_2_PI, precise
from narrows.models.latents.gaussian_posterior import gaussian
from narrows.objective.term import Given


def total_correlation(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Each image's share of KL(q(z) ‖ Πⱼ q(zⱼ)) in nats, (B,), for codes sampled from q(z | x) and q(z) their mixture.

    log q(z) is estimated by the mean of q(z | x) over the images of the batch: minibatch-weighted sampling of Chen et
    al. 2018, eq. S6 and S7, without the constant (k - 1) log N for N training images, which has no gradient. So it is
    consistent for large batches, and 0 for a single image. With weight β - 1 beside kl of weight 1 the loss is that of
    their β-TCVAE, eq. 4 with α = γ = 1.
    """
    mean, log_variance = (precise(part) for part in gaussian(output.hidden))
    count, code = log(mean.shape[-2]), precise(output.code)
    joint, marginals = code.new_zeros(()), code.new_zeros(())
    for number, present in enumerate(_present(code, given).unbind(-1)):
        densities = _log_densities(code[..., number], mean[..., number], log_variance[..., number])
        densities = densities.where(present[..., None, None], 0)
        joint = joint + densities
        marginals = marginals + densities.logsumexp(-1) - count
    return joint.logsumexp(-1) - count - marginals


def _log_densities(numbers: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """log N(zᵢ; μⱼ, σⱼ²) of each image's number under each image's Gaussian: (…, B) to (…, B, B)."""
    distances = (numbers.unsqueeze(-1) - mean.unsqueeze(-2)).square() / log_variance.exp().unsqueeze(-2)
    return -(distances + log_variance.unsqueeze(-2) + LOG_2_PI) / 2


def dip_i(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Distance of the covariance of the codes' means from the identity, the same for each image: (B,).

    DIP-VAE-I, Kumar et al. 2018, eq. 6: the squares of the covariances, plus `diagonal` times (variance - 1)².
    """
    return _distance(_covariance(precise(gaussian(output.hidden)[0])), output, given)


def dip_ii(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """As `dip_i` of the covariance of sampled codes: that of the means plus the mean variances.

    DIP-VAE-II, Kumar et al. 2018, eq. 7.
    """
    mean, log_variance = (precise(part) for part in gaussian(output.hidden))
    return _distance(_covariance(mean) + torch.diag_embed(log_variance.exp().mean(-2)), output, given)


def _covariance(codes: Tensor) -> Tensor:
    """The covariance over a batch, divided by the number of images: (…, B, k) to (…, k, k)."""
    centred = codes - codes.mean(-2, keepdim=True)
    with torch.autocast(codes.device.type, enabled=False):
        covariance: Tensor = centred.mT @ centred / codes.shape[-2]
    return covariance


def _distance(covariance: Tensor, output: Reconstruction, given: Given) -> Tensor:
    variances = covariance.diagonal(dim1=-2, dim2=-1)
    between: Tensor = (covariance - torch.diag_embed(variances)).square().sum((-2, -1))
    along: Tensor = (variances - 1).square().where(_present(output.code, given), 0).sum(-1)
    diagonal: float = given.settings["diagonal"]
    return (between + diagonal * along).unsqueeze(-1).expand(output.code.shape[:-1])


def _present(code: Tensor, given: Given) -> Tensor:
    """Which numbers of the code a member has: (k,), or (M, k) for stacked members of several widths."""
    return torch.arange(code.shape[-1], device=code.device) < given.width
