"""A fleet's steps on stacked arrays, as on a GPU: all members at once, by the same modules that train alone."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from narrows.fleet.gpu.noise import Drawn, draw, requests
from narrows.fleet.gpu.stacked_linear import StackedLinear
from narrows.fleet.member import Member
from narrows.fleet.minibatches import Minibatches
from narrows.fleet.shared_optimizer import SharedOptimizer
from narrows.fleet.stack import Stack, Tensors
from narrows.models.corruptions import Clean
from narrows.objective.objective import Objective
from narrows.runs.measures import gradient_norms

Arguments = tuple[Tensor, Tensor, Sequence[Tensor], Mapping[str, Tensor]]  # of `Losses`


class SideBySide:
    """Steps of members of a stack whose layers are linear or work number by number, on arrays of all members.

    `few` (2, C, H, W) are images as the modules take them.
    """

    def __init__(
        self, members: Sequence[Member], stack: Stack, optimizers: Sequence[SharedOptimizer], few: Tensor
    ) -> None:
        self.members, self.stack, self.optimizers = members, stack, optimizers
        self.requests = requests(stack.widest, few)
        self.losses = Losses(stack, members[0].module.objective)
        self.pixels, self.device, self.dtype = few[0].numel(), few.device, few.dtype

    def begin(self, training: bool) -> None:
        """Before the passes of an epoch over training images, or over those held out."""
        self.losses.train(training)
        weights = [member.module.objective.at(member.history.epochs, self.pixels) for member in self.members]
        self.weights = {
            name: torch.tensor([[one[name]] for one in weights], device=self.device, dtype=self.dtype)
            for name in weights[0]
        }

    def step(self, rows: slice, minibatches: Minibatches) -> tuple[Tensor, Tensor]:
        """Losses (R, B) and gradient norms (R,) of members; their optimisers have the gradients then."""
        weights = {name: self.stack.tensors[name][rows].detach().requires_grad_() for name in self.stack.trained}
        losses, _ = self._passed(rows, weights, minibatches.stacked(self.dtype))
        found = torch.autograd.grad(losses.mean(1).sum(), list(weights.values()))
        gradients = {name: one.contiguous() for name, one in zip(weights, found, strict=True)}  # fused ones want it so
        for optimizer in self.optimizers:
            if optimizer.within(rows):
                optimizer.take(gradients, rows.start)
        return losses.detach(), gradient_norms(list(gradients.values()))

    def look(self, rows: slice, images: Tensor) -> tuple[Tensor, Tensor]:
        """Losses (R, B) and codes (R, B, k) of the same images (B, C, H, W), narrower codes padded with 0."""
        return self._passed(rows, {}, images)

    def _passed(self, rows: slice, weights: Tensors, images: Tensor) -> tuple[Tensor, Tensor]:
        members = self.members[rows]
        images = images.expand(len(members), *images.shape[-4:])
        inputs, drawn = self._noisy(members, images) if self.losses.training else (images, [])
        tensors = {name: value[rows] for name, value in self.stack.tensors.items()} | weights
        return self._losses(tensors, (inputs, images, drawn, {name: one[rows] for name, one in self.weights.items()}))

    def _losses(self, tensors: Tensors, arguments: Arguments) -> tuple[Tensor, Tensor]:
        with StackedLinear():
            return self.losses.of(tensors, arguments)

    def _noisy(self, members: Sequence[Member], images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The images corrupted, and the numbers that the modules will ask for, (R, B, …) each.

        From each member's generator, in the order in which it alone would draw them.
        """
        if not self.requests and isinstance(members[0].module.corruption, Clean):
            return images, []
        inputs, drawn = [], []
        for member, own in zip(members, images, strict=True):
            inputs.append(member.module.corruption(own, member.noise))
            drawn.append(draw(self.requests, len(own), member.width, member.noise))
        return torch.stack(inputs), [torch.stack(column) for column in zip(*drawn, strict=True)]


class Vectorised(SideBySide):
    """As above, for whatever layers: `torch.func.vmap`, which costs milliseconds of Python a step."""

    def _losses(self, tensors: Tensors, arguments: Arguments) -> tuple[Tensor, Tensor]:
        inputs, images, drawn, weights = arguments
        losses, codes = vmap(self.losses.of)(tensors, (inputs, images, list(drawn), dict(weights)))
        return losses, codes


class Losses(nn.Module):
    """The loss of each image and its code, with noise that was drawn before and weights of terms as they are by now."""

    def __init__(self, stack: Stack, objective: Objective) -> None:
        super().__init__()
        self.autoencoder, self.objective = stack.widest, objective

    def of(self, tensors: Tensors, arguments: Arguments) -> tuple[Tensor, Tensor]:
        """Computed with these in place of the autoencoder's own parameters and buffers."""
        found: tuple[Tensor, Tensor] = functional_call(
            self, {f"autoencoder.{name}": value for name, value in tensors.items()}, arguments, tie_weights=False
        )
        return found

    def forward(
        self, inputs: Tensor, images: Tensor, drawn: Sequence[Tensor], weights: Mapping[str, Tensor]
    ) -> tuple[Tensor, Tensor]:
        output = self.autoencoder(inputs, Drawn(drawn) if self.training else None)
        return self.objective.weighted(self.autoencoder, output, images, weights), output.code
