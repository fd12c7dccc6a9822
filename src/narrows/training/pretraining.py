"""Greedy layerwise pretraining: each encoder layer with the matching decoder layer, the outermost first."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

import torch
from torch import Generator, Tensor, nn
from torch.optim import Optimizer

from narrows.data.batches import Batches
from narrows.errors import Diverged
from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import Plain
from narrows.models.layers import Layers, blocks
from narrows.models.tied import TiedConv, TiedLinear
from narrows.models.traits import Corruption
from narrows.runs.history import History
from narrows.seeds import generator
from narrows.training.gradient_norms import clip_before_steps

WEIGHTED = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, TiedLinear, TiedConv)


class Pair(NamedTuple):
    """A pair to pretrain: `down` encodes the output of the trained layers `below`, and `up` reconstructs it."""

    below: Layers
    down: Layers
    middle: nn.Module
    up: Layers
    finish: Callable[[Tensor], Tensor]

    def target(self, images: Tensor) -> Tensor:
        """The input of `down`: images (B, C·H·W), or hidden numbers of any shape (B, …)."""
        hidden: Tensor = self.below(images)
        return hidden

    def forward(self, inputs: Tensor, noise: Generator) -> Tensor:
        """The reconstruction from the target, or from a corrupted version of it, of the same shape."""
        hidden = self.middle(self.down(inputs, noise), noise)
        return self.finish(self.up(hidden, noise))


def pairs(autoencoder: Autoencoder) -> list[Pair]:
    """The pairs of an autoencoder, outermost first; the innermost has the code slot between its layers."""
    downs, ups = (blocks(list(part.children()), WEIGHTED) for part in (autoencoder.encoder, autoencoder.decoder))
    outermost_first = []
    for i, (down, up) in enumerate(zip(downs, reversed(ups), strict=True)):
        below = Layers(*(layer for block in downs[:i] for layer in block))
        innermost = i == len(downs) - 1
        middle, finish = autoencoder.code if innermost else Plain(), torch.positive if i else autoencoder.output
        outermost_first.append(Pair(below, down, middle, up, finish))
    return outermost_first


class Pretrained(Protocol):
    """What is pretrained: an autoencoder, the corruption of its input, and what makes an optimiser of parameters."""

    autoencoder: Autoencoder
    corruption: Corruption

    @property
    def clip(self) -> float | None: ...

    @property
    def make_optimizer(self) -> Callable[[Iterable[nn.Parameter]], Optimizer]: ...


class Layerwise:
    """Trains each pair for `epochs` on squared errors before the run begins, which then fine-tunes all layers.

    Bengio et al. 2007; with a corruption the stacked denoising autoencoders of Vincent et al. 2010, section 3.4: each
    pair reconstructs its input, which the pairs before it compute from clean images, from a corrupted version of this
    input. These pairs are not changed. Each pair's mean squared error is the curve `pretrain/layer1` and so on in
    `history`. An interrupted pretraining starts again and ends with the same weights: order and noise come from the
    seed.
    Raises Diverged when a loss is not finite.
    """

    def __init__(self, epochs: int, seed: int, history: History) -> None:
        self.epochs, self.seed, self.history = epochs, seed, history

    def pretrain(self, module: Pretrained, pixels: Tensor, batch_size: int) -> None:
        """Train the pairs of the module's autoencoder on images (N, C, H, W), one after the other.

        Leaves the autoencoder in training mode.
        """
        for number, pair in enumerate(pairs(module.autoencoder), 1):
            self.history.pretraining[f"pretrain/layer{number}"] = self._train(pair, number, module, pixels, batch_size)
        module.autoencoder.train()

    def _train(self, pair: Pair, number: int, module: Pretrained, pixels: Tensor, batch_size: int) -> list[float]:
        """The mean loss of each epoch."""
        module.autoencoder.eval()  # the layers below use the running statistics of their norms
        for part in (pair.down, pair.middle, pair.up):
            part.train()
        parameters = {*pair.down.parameters(), *pair.up.parameters()}
        optimizer = module.make_optimizer([p for p in module.autoencoder.parameters() if p in parameters])
        if module.clip:
            clip_before_steps(optimizer, module.clip)
        noise = generator(self.seed, "pretrain", number, "noise", device=pixels.device)
        return [
            self._epoch(pair, number, epoch, module.corruption, optimizer, noise, pixels, batch_size)
            for epoch in range(self.epochs)
        ]

    def _epoch(
        self,
        pair: Pair,
        number: int,
        epoch: int,
        corruption: nn.Module,
        optimizer: Optimizer,
        noise: Generator,
        pixels: Tensor,
        batch_size: int,
    ) -> float:
        order = generator(self.seed, "pretrain", number, "order", epoch)
        batches = Batches(pixels, batch_size, order)
        dtype = next(pair.down.parameters()).dtype
        total = sum(
            _step(pair, images, corruption, optimizer, noise) * len(images) for images in _minibatches(batches, dtype)
        )
        loss = float(total) / len(pixels)
        if not torch.isfinite(torch.tensor(loss)):
            raise Diverged(f"the loss became {loss} while pretraining layer {number}, epoch {epoch + 1}")
        return loss


def _minibatches(rounds: Iterable[list[Tensor]], dtype: torch.dtype) -> Iterable[Tensor]:
    return (images.to(dtype) for batches in rounds for images in batches)


def _step(pair: Pair, images: Tensor, corruption: nn.Module, optimizer: Optimizer, noise: Generator) -> Tensor:
    """One step on a minibatch (B, C, H, W); its mean squared error."""
    with torch.no_grad():
        target = pair.target(images.flatten(1))
    loss = (pair.forward(corruption(target, noise), noise) - target).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()
