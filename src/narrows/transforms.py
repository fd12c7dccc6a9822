"""The first layers of a trained encoder in another model: pretraining without labels, before training with few.

Hinton & Salakhutdinov 2006; Erhan et al. 2010 compare it with random weights.
"""

from collections.abc import Iterator
from copy import deepcopy
from itertools import islice
from pathlib import Path

import torch
from torch import nn

from narrows.errors import UserError
from narrows.models.autoencoder import Autoencoder
from narrows.models.layers import Layers, blocks
from narrows.runs import checkpoint

WEIGHTED = (nn.Linear, nn.Conv2d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm)

Run = str | Path | Autoencoder


def first_layers(run: Run, layers: int | None = None) -> nn.Sequential:
    """A copy of the encoder's first layers as a module to train further: images (B, C, H, W) to hidden numbers (B, …).

    `run` is a run's folder, a checkpoint, or an autoencoder. `layers` counts layers of weights, of which each has the
    norm and the activation after it; by default all but the last, which gives the code, or the only one. Dropout is
    inactive in them. Inputs are scaled as the autoencoder's: pixels in [0, 1].
    Raises UserError for a number of layers that the encoder does not have, and for one that takes labels.
    """
    copies = [deepcopy(layer) for block in _blocks(run, layers) for layer in block]
    return nn.Sequential(nn.Flatten(), *copies)


@torch.no_grad()
def initialise(model: nn.Module, run: Run, layers: int | None = None) -> list[str]:
    """Copy the encoder's first layers into the first layers of `model`; returns the names of the changed tensors.

    `run` and `layers` are as for `first_layers`. The layers of `model` are its linear layers, convolutions and norms in
    the order in which it registers them: they must be of the types and shapes of the encoder's.
    Raises UserError for the first that is not, before anything is changed.
    """
    sources = [layer for block in _blocks(run, layers) for layer in _stateful(block)]
    targets = list(islice(_named(model), len(sources)))
    for number, source in enumerate(sources):
        name, target = targets[number] if number < len(targets) else ("", None)
        _refuse_other(source, name, target)
    for (_, target), source in zip(targets, sources, strict=True):
        target.load_state_dict(source.state_dict())
    names = (f"{name}.{key}" if name else key for name, target in targets for key in target.state_dict())
    return list(dict.fromkeys(names))  # a gate is listed with its layer and by itself


def _blocks(run: Run, layers: int | None) -> list[Layers]:
    """The first layers of weights of the encoder, each with what follows it."""
    autoencoder = run if isinstance(run, Autoencoder) else checkpoint.load(checkpoint.best_of(run))
    if autoencoder.conditional:
        raise UserError("model.conditional=true: this encoder takes labels, which another model has not")
    every = blocks(list(autoencoder.encoder.children()), WEIGHTED)
    count = max(1, len(every) - 1) if layers is None else layers
    if not 1 <= count <= len(every):
        raise UserError(f"layers={layers}: the encoder has 1 to {len(every)}")
    return every[:count]


def _named(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    return ((name, layer) for name, layer in module.named_modules() if isinstance(layer, WEIGHTED + NORMS))


def _stateful(module: nn.Module) -> list[nn.Module]:
    return [layer for _, layer in _named(module)]


def _refuse_other(source: nn.Module, name: str, target: nn.Module | None) -> None:
    """Raise UserError if the state of the encoder's layer `source` does not fit into `target`."""
    if target is None:
        raise UserError(f"the model has no layer for the encoder's {source}")
    shapes = [{key: tensor.shape for key, tensor in layer.state_dict().items()} for layer in (source, target)]
    if not isinstance(target, type(source)) or shapes[0] != shapes[1]:
        raise UserError(f"the model's layer {name or 'itself'} is {target}; the encoder's is {source}")
