"""How probable a variational autoencoder makes images: two bounds on -log p(x), in nats per image."""

from math import log, pi

import torch
from torch import Generator, Tensor

from narrows.data.sources import as_floats
from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.models.codes import Variational, gaussian
from narrows.objective.objective import OBJECTIVES
from narrows.objective.terms import Given, kl
from narrows.seeds import generator

AT_ONCE = 500  # images per forward pass

#: What makes each reconstruction error per pixel the negative logarithm of a density: of a normal one with variance
#: 1/2, of a Laplace one with scale 1. Cross-entropy of grey pixels is taken as it is, as everybody does.
CONSTANTS = {"bce": 0.0, "mse": log(pi) / 2, "l1": log(2)}


@torch.no_grad()
def elbo(autoencoder: Autoencoder, objective: str, pixels: Tensor) -> dict[str, float]:
    """The negative evidence lower bound of uint8 images (N, C, H, W), mean over images, one sampled code for each.

    nelbo                 the bound in nats (Kingma & Welling 2014, eq. 3), the sum of
    nelbo_reconstruction  -log p(x | z) by the error called `objective`, and
    nelbo_kl              the divergence between q(z | x) and the prior

    Codes are sampled from a fixed generator. Raises KeyError for an objective that does not exist.
    """
    noise, parts = generator(0, "elbo", device=pixels.device), []
    for images in map(as_floats, pixels.split(AT_ONCE)):
        hidden = autoencoder.encoder(images.flatten(1))
        output = _decoded(autoencoder, images, hidden, noise)
        parts.append(torch.stack([_surprise(output, images, objective), kl(autoencoder, output, Given())]))
    reconstruction, divergence = torch.cat(parts, 1).double().mean(1).tolist()
    return {
        "nelbo": reconstruction + divergence,
        "nelbo_reconstruction": reconstruction,
        "nelbo_kl": divergence,
    }


@torch.no_grad()
def importance_bound(autoencoder: Autoencoder, objective: str, pixels: Tensor, samples: int) -> float:
    """A tighter bound on -log p(x): -log of the mean of `samples` importance weights (Burda et al. 2016, eq. 8).

    In nats, mean over uint8 images (N, C, H, W); with one sample it is the negative ELBO, in expectation.
    """
    noise, bounds = generator(0, "importance", device=pixels.device), []
    for images in map(as_floats, pixels.split(AT_ONCE)):
        hidden = autoencoder.encoder(images.flatten(1))
        weights = [_log_weight(autoencoder, images, hidden, objective, noise) for _ in range(samples)]
        bounds.append(log(samples) - torch.stack(weights).double().logsumexp(0))
    return torch.cat(bounds).mean().item()


def _log_weight(autoencoder: Autoencoder, images: Tensor, hidden: Tensor, objective: str, noise: Generator) -> Tensor:
    """log p(x | z) + log p(z) - log q(z | x) of one sampled code for each image, (B,)."""
    output = _decoded(autoencoder, images, hidden, noise)
    mean, log_variance = gaussian(hidden)
    drawn = (output.code - mean).square() / log_variance.exp()
    return (drawn + log_variance - output.code.square()).sum(1) / 2 - _surprise(output, images, objective)


def _decoded(autoencoder: Autoencoder, images: Tensor, hidden: Tensor, noise: Generator) -> Reconstruction:
    assert isinstance(autoencoder.code, Variational)
    code = autoencoder.code.sample(hidden, noise)
    scores = autoencoder.decoder(code).unflatten(1, autoencoder.shape)
    return Reconstruction(autoencoder.output(scores), scores, code, hidden, images)


def _surprise(output: Reconstruction, images: Tensor, objective: str) -> Tensor:
    """-log p(x | z) of each image in nats, (B,)."""
    return images[0].numel() * (OBJECTIVES[objective](output, images) + CONSTANTS[objective])
