"""Draws the weights of a dictionary's dead units anew (Bricken et al. 2023, “neuron resampling”)."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from narrows.config import slots
from narrows.config.schema import Config
from narrows.data.in_batches import in_batches
from narrows.data.sources import as_floats
from narrows.models.autoencoder import Autoencoder
from narrows.models.sparse_codes import Watched
from narrows.seeds import generator
from narrows.training.averages import AVERAGE

CANDIDATES = 8192  # training images, the first ones, that dead units are drawn from: a second for a large dictionary
SHORT = 0.2  # length of new rows of the encoder, over the mean of those of units that are not dead


def due(config: Config, epoch: int) -> bool:
    """Whether dead units are drawn anew before this epoch (from 0)."""
    every = config.code.resample if isinstance(config.code, slots.Watched) else 0
    return bool(every) and epoch > 0 and epoch % every == 0


def resample(autoencoder: Autoencoder, optimizer: Mapping[str, Any], pixels: Tensor, seed: int, epoch: int) -> None:
    """Give each dead unit the direction of a training image that is reconstructed badly, in encoder and decoder.

    The probability of an image is proportional to the square of its error. What the optimiser keeps for these weights
    is set to 0, in place: `optimizer` is its state dict. `pixels` (N, C, H, W) are the training images.
    """
    code, encoder, decoder = autoencoder.code, autoencoder.encoder[-1], autoencoder.decoder[-1]  # type: ignore[index]
    assert isinstance(code, Watched) and isinstance(encoder, nn.Linear) and isinstance(decoder, nn.Linear)
    dead = code.dead().squeeze(-2)
    if dead.any():
        images = pixels[:CANDIDATES]
        chosen = _chosen(autoencoder, images, int(dead.sum()), generator(seed, "resample", epoch))
        with torch.no_grad():
            directions = F.normalize(as_floats(images[chosen]).to(encoder.weight).flatten(1) - decoder.bias)
            encoder.weight[dead] = SHORT * _mean_length(encoder.weight[~dead]) * directions
            encoder.bias[dead] = 0
            decoder.weight[:, dead] = directions.T
        of_units = {id(parameter): 0 for part in (encoder, code) for parameter in part.parameters()}
        _forget(autoencoder, optimizer, of_units | {id(decoder.weight): 1}, dead)
        code.revive(dead)


def _chosen(autoencoder: Autoencoder, images: Tensor, count: int, source: Generator) -> Tensor:
    """Rows of so many images; one may be drawn several times."""
    training = autoencoder.training
    autoencoder.eval()
    weights = next(autoencoder.parameters())
    errors = in_batches(lambda batch: _errors(autoencoder, batch.to(weights)), images).double().cpu()
    autoencoder.train(training)
    return torch.multinomial(errors.square(), count, replacement=True, generator=source).to(images.device)


def _errors(autoencoder: Autoencoder, images: Tensor) -> Tensor:
    return (autoencoder.reconstruct(images) - images).square().flatten(1).sum(1)


def _mean_length(rows: Tensor) -> float:
    return float(rows.norm(dim=1).mean()) if len(rows) else 1.0


def _forget(autoencoder: Autoencoder, optimizer: Mapping[str, Any], dims: Mapping[int, int], dead: Tensor) -> None:
    """Set the optimiser's moments of dead units to 0, and averages of weights to the new weights.

    `dims`: by the id of a parameter that has units, their dimension; the others, such as a learnt variance, have none.
    """
    for number, parameter in enumerate(autoencoder.parameters()):
        dim = dims.get(id(parameter))
        for key, value in optimizer["state"].get(number, {}).items():
            if dim is not None and isinstance(value, Tensor) and value.shape == parameter.shape:
                units, weights = dead.to(value.device), parameter.detach().to(value.device)  # a fleet's is on the CPU
                value.movedim(dim, 0)[units] = weights.movedim(dim, 0)[units] if key == AVERAGE else 0
