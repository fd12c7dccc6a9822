"""Whether hidden units still say something."""

import torch
from torch import Tensor, nn

from narrows.data.sources import Images, as_floats
from narrows.evaluation.support.shared import AT_ONCE
from narrows.models.autoencoder import Autoencoder
from narrows.models.layers import Activation

LEAST = 0.01  # of its layer's typical standard deviation: a unit that varies less over images is dead


def dead_units(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Hidden units that answer all test images alike, a share in [0, 1].

    dead_units  units after an activation, in encoder and decoder, whose standard deviation over the images (and over
                the map, of a channel) is below a hundredth of their layer's root mean square; 0 without such layers

    For ReLU these are the units that no image switches on (Lu et al. 2019, “dying ReLU”); saturated ones count too.
    """
    dead = [_dead(deviations) for deviations in _deviations(autoencoder, test.pixels)]
    return {"dead_units": torch.cat(dead).double().mean().item() if dead else 0.0}


def _dead(deviations: Tensor) -> Tensor:
    """Which units of a layer are: (units,) of deviations to (units,) of booleans. A layer without any is all dead."""
    return deviations <= LEAST * deviations.square().mean().sqrt()


@torch.no_grad()
def _deviations(autoencoder: Autoencoder, pixels: Tensor) -> list[Tensor]:
    """The standard deviation of each unit over the images, (units,) for each activation layer on the way."""
    layers = [layer for half in (autoencoder.encoder, autoencoder.decoder) for layer in half.modules()]
    layers = [layer for layer in layers if isinstance(layer, Activation)]
    moments: dict[nn.Module, list[Tensor]] = {layer: [] for layer in layers}

    def note(layer: nn.Module, _: tuple[Tensor, ...], out: Tensor) -> None:
        values = out.flatten(2) if out.dim() > 2 else out.unsqueeze(2)  # (B, units, places)
        moments[layer].append(torch.stack([values.mean(2), values.square().mean(2)]).double())

    handles = [layer.register_forward_hook(note) for layer in layers]
    try:
        for images in map(as_floats, pixels.split(AT_ONCE)):
            autoencoder.reconstruct(images)
    finally:
        for handle in handles:
            handle.remove()
    means = [torch.cat(parts, 1).mean(1) for parts in moments.values()]
    return [(square - mean.square()).clamp(min=0).sqrt() for mean, square in means]
