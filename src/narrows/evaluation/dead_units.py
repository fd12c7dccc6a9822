"""Hidden units that respond to all images alike."""

import torch
from torch import Tensor, nn

from narrows.data.in_batches import in_batches
from narrows.data.sources import Images
from narrows.models.autoencoder import Autoencoder
from narrows.models.layers import Activation

LEAST = 0.01  # of the root mean square of its layer's standard deviations: a unit that varies less is dead


def dead_units(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """The share of hidden units, in [0, 1], that respond to all test images alike.

    dead_units  units after an activation, in encoder and decoder, whose standard deviation over the images (for a
                channel: and over its map) is at most a hundredth of their layer's root mean square; 0 without such
                layers

    Under ReLU these are the units that are 0 for every image (Lu et al. 2019, “dying ReLU”); saturated ones count too.
    """
    dead = [_dead(deviations) for deviations in _deviations(autoencoder, test.pixels)]
    return {"dead_units": torch.cat(dead).double().mean().item() if dead else 0.0}


def _dead(deviations: Tensor) -> Tensor:
    """Which units of a layer are dead: float (units,) to bool (units,). All are, if no unit of the layer varies."""
    return deviations <= LEAST * deviations.square().mean().sqrt()


def _deviations(autoencoder: Autoencoder, pixels: Tensor) -> list[Tensor]:
    """The standard deviation of each unit over the images: a tensor (units,) for each activation layer, in order."""
    modules = [module for half in (autoencoder.encoder, autoencoder.decoder) for module in half.modules()]
    layers = [module for module in modules if isinstance(module, Activation)]
    moments: dict[nn.Module, list[Tensor]] = {layer: [] for layer in layers}

    def add_moments(layer: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        values = output.flatten(2) if output.dim() > 2 else output.unsqueeze(2)  # (B, units, places)
        moments[layer].append(torch.stack([values.mean(2), values.square().mean(2)]).double())

    handles = [layer.register_forward_hook(add_moments) for layer in layers]
    try:
        in_batches(autoencoder.reconstruct, pixels)
    finally:
        for handle in handles:
            handle.remove()
    means = [torch.cat(batches, 1).mean(1) for batches in moments.values()]
    return [(square - mean.square()).clamp(min=0).sqrt() for mean, square in means]
