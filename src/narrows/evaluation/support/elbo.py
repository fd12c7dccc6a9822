"""−ELBO and its importance-weighted form for a variational autoencoder, in nats per image.

They are bounds on -log p(x), where p is a density of pixels in [0, 1]; `objective.Error` has the normalisers. With bce
and grey pixels they are pseudo-likelihoods: exp(-cross-entropy) does not integrate to 1 over grey values, as that of
`objective=continuous_bernoulli` does. So they are comparable with one another and not with published values, which are
of binarised pixels.
"""

from collections.abc import Callable
from math import log

import torch
from torch import Generator, Tensor

from narrows.data.in_batches import in_batches
from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.models.codes import variational
from narrows.models.traits import Drawn
from narrows.objective.objective import OBJECTIVES
from narrows.objective.term import Given
from narrows.objective.terms import kl
from narrows.seeds import generator

BATCH = 500  # images of a forward pass; noise is drawn batch by batch, so that another size would draw other codes


def elbo(autoencoder: Autoencoder, objective: str, pixels: Tensor) -> dict[str, float]:
    """The negative evidence lower bound of uint8 images (N, C, H, W), mean over images, one sampled code for each.

    nelbo                 the bound in nats (Kingma & Welling 2014, eq. 3), the sum of
    nelbo_reconstruction  -log p(x | z) by the error called `objective`, and
    nelbo_kl              the divergence between q(z | x) and the prior, estimated by the sampled code where it has no
                          closed form

    The samples are the same in every call. Raises KeyError for an objective that does not exist.
    """
    by_part = parts_of_each(autoencoder, objective, pixels).T.contiguous()  # (2, N)
    reconstruction, divergence = by_part.double().mean(1).tolist()
    return {
        "nelbo": reconstruction + divergence,
        "nelbo_reconstruction": reconstruction,
        "nelbo_kl": divergence,
    }


def parts_of_each(autoencoder: Autoencoder, objective: str, pixels: Tensor) -> Tensor:
    """`nelbo_reconstruction` and `nelbo_kl` of each image: (N, C, H, W) to (N, 2)."""
    noise = generator(0, "elbo", device=pixels.device)

    def parts(images: Tensor) -> Tensor:
        output = _sampled(autoencoder, images, autoencoder.encoder(images.flatten(1)), noise)
        return torch.stack(
            [_negative_log_likelihood(output, autoencoder.target(images), objective), kl(autoencoder, output, Given())],
            1,
        )

    return in_batches(parts, pixels, BATCH)


def importance_bound(autoencoder: Autoencoder, objective: str, pixels: Tensor, samples: int) -> float:
    """The importance-weighted −ELBO: -log of the mean of `samples` importance weights (Burda et al. 2016, eq. 8).

    In nats, mean over uint8 images (N, C, H, W); with one sample it is the negative ELBO, in expectation.
    """
    return _of_weights(_bound, autoencoder, objective, pixels, samples)


def gap(autoencoder: Autoencoder, objective: str, pixels: Tensor, samples: int) -> float:
    """The negative ELBO less its importance-weighted form, both from the same `samples` of each image; at least 0.

    In nats, mean over uint8 images (N, C, H, W). It varies less between images than the bounds do.
    """
    return _of_weights(lambda weights: -weights.mean(0) - _bound(weights), autoencoder, objective, pixels, samples)


def _of_weights(
    compute: Callable[[Tensor], Tensor], autoencoder: Autoencoder, objective: str, pixels: Tensor, samples: int
) -> float:
    """The mean over images of what `compute` makes of the logarithms of importance weights: (samples, B) to (B,)."""
    noise = generator(0, "importance", device=pixels.device)

    def of_batch(images: Tensor) -> Tensor:
        hidden = autoencoder.encoder(images.flatten(1))
        weights = [_log_weight(autoencoder, images, hidden, objective, noise) for _ in range(samples)]
        return compute(torch.stack(weights).double())

    return in_batches(of_batch, pixels, BATCH).mean().item()


def _bound(weights: Tensor) -> Tensor:
    return log(len(weights)) - weights.logsumexp(0)


def _log_weight(autoencoder: Autoencoder, images: Tensor, hidden: Tensor, objective: str, noise: Generator) -> Tensor:
    """log p(x | z) + log p(z) - log q(z | x) of one sampled code for each image, (B,)."""
    output = _sampled(autoencoder, images, hidden, noise)
    drawn = Drawn(output.code, output.log_density)
    log_ratio = variational(autoencoder.code).log_ratio(drawn, autoencoder.encoder)
    return -log_ratio - _negative_log_likelihood(output, autoencoder.target(images), objective)


def _sampled(autoencoder: Autoencoder, images: Tensor, hidden: Tensor, noise: Generator) -> Reconstruction:
    """The reconstruction from a sample of q(z | x), given the encoder's output `hidden` (B, h)."""
    drawn = autoencoder.code.draw(hidden, noise)
    return autoencoder.decoded(drawn.code, hidden, images)._replace(log_density=drawn.log_density)


def _negative_log_likelihood(output: Reconstruction, images: Tensor, objective: str) -> Tensor:
    """-log p(x | z) of each image in nats, (B,)."""
    error = OBJECTIVES[objective]
    return images[0].numel() * (error(output, images) + error.normaliser)
