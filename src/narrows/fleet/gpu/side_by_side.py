"""Steps of a fleet on stacked arrays, as on a GPU: all members at once, by the modules that train a run alone."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from narrows.fleet.gpu.noise import Drawn, Request, RequestRecorder, TrainingNoise, ValidationNoise
from narrows.fleet.gpu.rectified_layers import rectify
from narrows.fleet.gpu.stacked_conv import StackedConv
from narrows.fleet.gpu.stacked_linear import StackedLinear
from narrows.fleet.gpu.stacked_optimizer import StackedOptimizer
from narrows.fleet.member import Member
from narrows.fleet.minibatches import Minibatches
from narrows.fleet.stack import Stack, Tensors
from narrows.models.traits import stacks
from narrows.objective.held_out import HeldOut
from narrows.seeds import Noise
from narrows.training.gradient_norms import gradient_norms

Arguments = tuple[Tensor, Tensor, Sequence[Tensor], Mapping[str, Tensor]]  # of `Losses.forward`


class SideBySide:
    """Passes of all members at once, for kinds that take stacked arrays; see `models.traits.Layer.stacks`.

    `few` (2, C, H, W) are floating-point images, to find out which noise a pass draws.
    """

    def __init__(
        self, members: Sequence[Member], stack: Stack, optimizers: Sequence[StackedOptimizer], few: Tensor
    ) -> None:
        self.members, self.stack, self.optimizers = members, stack, optimizers
        self.losses = Losses(stack, members[0].module.held_out)
        self.pixels, self.device, self.dtype = stack.widest.pixels, few.device, few.dtype
        self.training_noise = TrainingNoise(members, self.losses.requests(few, True), few.dtype)
        self.validation_noise = ValidationNoise(members, self.losses.requests(few, False), stack.width)
        self.weights = {
            name: torch.zeros(len(members), 1, device=few.device, dtype=few.dtype)
            for name in members[0].module.objective.weights
        }

    def begin(self, training: bool) -> None:
        """To be called before the passes of an epoch over training images, and before those over images held out."""
        self.losses.train(training)
        if not self.weights:
            return
        epochs = [m.history.epochs if training else m.module.held_out.epoch(m.history.epochs) for m in self.members]
        weights = [m.module.objective.at(e, self.pixels) for m, e in zip(self.members, epochs, strict=True)]
        for name, value in self.weights.items():  # in place, since a captured graph reads this memory
            value.copy_(torch.tensor([[of_member[name]] for of_member in weights], dtype=self.dtype))

    def step(self, rows: slice, minibatches: Minibatches) -> tuple[Tensor, Tensor]:
        """Losses (R, B) and gradient norms (R,) of these members; hands the gradients to their optimisers."""
        images = self._expanded(rows, minibatches.stacked(self.dtype))
        images, inputs, drawn = self.training_noise.step(rows, images)
        weights = {name: self.stack.tensors[name][rows].detach().requires_grad_() for name in self.stack.trained}
        losses, _ = self._passed(rows, weights, inputs, images, drawn)
        each = torch.autograd.grad(losses.mean(1).sum(), list(weights.values()))
        gradients = dict(zip(weights, each, strict=True))
        if self.losses.uses_densities:
            gradients = self.stack.owned(gradients, rows)
        gradients = {name: gradient.contiguous() for name, gradient in gradients.items()}  # as fused wants
        for optimizer in self.optimizers:
            if optimizer.within(rows):
                optimizer.take(gradients, rows.start)
        return losses.detach(), gradient_norms(list(gradients.values()))

    def evaluate(self, rows: slice, images: Tensor) -> tuple[Tensor, Tensor]:
        """Losses (R, B) and codes (R, B, k) of the same images (B, C, H, W), narrower codes padded with 0."""
        images = self._expanded(rows, images)
        inputs, drawn = self.validation_noise.step(rows, images)
        return self._passed(rows, {}, inputs, images, drawn)

    def _expanded(self, rows: slice, images: Tensor) -> Tensor:
        return images.expand(rows.stop - rows.start, *images.shape[-4:])

    def _passed(
        self, rows: slice, weights: Tensors, inputs: Tensor, images: Tensor, drawn: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor]:
        tensors = {name: value[rows] for name, value in self.stack.tensors.items()} | weights
        return self._losses(
            tensors, (inputs, images, drawn, {name: weight[rows] for name, weight in self.weights.items()})
        )

    def _losses(self, tensors: Tensors, arguments: Arguments) -> tuple[Tensor, Tensor]:
        with StackedLinear():
            return self.losses.of(tensors, arguments)


class Vectorised(SideBySide):
    """As `SideBySide`, for layers of any kind, by `torch.func.vmap`, which costs milliseconds of Python a step."""

    def __init__(
        self, members: Sequence[Member], stack: Stack, optimizers: Sequence[StackedOptimizer], few: Tensor
    ) -> None:
        super().__init__(members, stack, optimizers, few)
        rectify(stack.widest)  # after the passes without `vmap` that find out the noise

    def _losses(self, tensors: Tensors, arguments: Arguments) -> tuple[Tensor, Tensor]:
        inputs, images, drawn, weights = arguments
        with StackedConv():
            losses, codes = vmap(self.losses.of)(tensors, (inputs, images, list(drawn), dict(weights)))
        return losses, codes


def side_by_side(
    members: Sequence[Member], stack: Stack, optimizers: Sequence[StackedOptimizer], few: Tensor
) -> SideBySide:
    """The passes of these members, whatever their kind."""
    module = members[0].module
    takes_stacks = stacks(module.autoencoder) and all(term.stacks for term in module.objective.terms)
    return (SideBySide if takes_stacks else Vectorised)(members, stack, optimizers, few)


class Losses(nn.Module):
    """The loss and the code of each image, with noise drawn beforehand and the current weights of terms."""

    def __init__(self, stack: Stack, held_out: HeldOut) -> None:
        super().__init__()
        self.autoencoder, self.objective, self.noisy = stack.widest, held_out.objective, held_out.noisy
        self.of_widest = stack.of_widest

    @property
    def uses_densities(self) -> bool:
        """Whether the loss contains densities of codes: padding adds a constant to them, but not to their gradients."""
        return self.objective.bound.weighted or self.autoencoder.code.estimates

    @property
    def draws(self) -> bool:
        """Whether layers and the code draw noise."""
        return self.training or self.noisy

    def of(self, tensors: Tensors, arguments: Arguments) -> tuple[Tensor, Tensor]:
        """Losses and codes with `tensors` in place of the autoencoder's own parameters and buffers."""
        outputs: tuple[Tensor, Tensor] = functional_call(
            self,
            {f"autoencoder.{name}": value for name, value in self.of_widest(tensors).items()},
            arguments,
            tie_weights=False,
        )
        return outputs

    def forward(
        self, inputs: Tensor, images: Tensor, drawn: Sequence[Tensor], weights: Mapping[str, Tensor]
    ) -> tuple[Tensor, Tensor]:
        return self.passed(inputs, images, Drawn(drawn), weights)

    def passed(
        self, inputs: Tensor, images: Tensor, noise: Noise, weights: Mapping[str, float | Tensor]
    ) -> tuple[Tensor, Tensor]:
        """The same with this source of noise, from which terms always draw, layers and codes where `draws`.

        In validation the codes returned are those of clean images, without noise.
        """
        output = self.autoencoder(inputs, noise if self.draws else None, self.objective.draws)
        code = self.autoencoder.encode(images) if self.noisy and not self.training else output.code
        return self.objective.weighted(self.autoencoder, output, images, weights, noise), code

    @torch.no_grad()
    def requests(self, images: Tensor, training: bool) -> list[Request]:
        """The noise that one pass over images (B, C, H, W) draws, in its order."""
        recorder = RequestRecorder(len(images))
        self.train(training).passed(images, images, recorder, self.objective.weights)
        return recorder.requests
