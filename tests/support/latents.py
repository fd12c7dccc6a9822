"""Variational autoencoders in float64 for tests, and one pass of them with a loss for each image."""

from typing import NamedTuple

import torch
from torch import Tensor

from narrows.build import build
from narrows.build_objective import build_objective
from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.objective.objective import Objective
from narrows.seeds import generator
from support.configs import tiny

VARIATIONAL = ("code=variational", "objective=bce", "model.widths=[8]", "model.bottleneck=3")
SHAPE = (1, 2, 3)
IMAGES = torch.rand(4, *SHAPE, dtype=torch.float64, generator=generator(0, "images")).round()


class Passed(NamedTuple):
    """One pass over `IMAGES`, with noise that depends on nothing else."""

    autoencoder: Autoencoder
    objective: Objective
    output: Reconstruction
    losses: Tensor


def variational(*overrides: str) -> Autoencoder:
    config = tiny(*VARIATIONAL, *overrides)
    return build(config.model, config.code, SHAPE, generator(0, "weights"), config.latent).double()


def passed(*overrides: str, autoencoder: Autoencoder | None = None) -> Passed:
    config = tiny(*VARIATIONAL, *overrides)
    model, objective = autoencoder or variational(*overrides), build_objective(config.objective, config.bound)
    noise = generator(0, "noise")
    output = model(IMAGES, noise, objective.draws)
    return Passed(model, objective, output, objective(model, output, IMAGES, 0, noise))


def gradients(*overrides: str, autoencoder: Autoencoder | None = None) -> tuple[Tensor, Tensor]:
    """Of the mean loss by the weights of the encoder and of the decoder, each as one vector."""
    model, _, _, losses = passed(*overrides, autoencoder=autoencoder)
    parts = [list(part.parameters()) for part in (model.encoder, model.decoder)]
    each = torch.autograd.grad(losses.mean(), [*parts[0], *parts[1]])
    vector = [gradient.flatten() for gradient in each]
    return torch.cat(vector[: len(parts[0])]), torch.cat(vector[len(parts[0]) :])
