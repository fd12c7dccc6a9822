"""The passes of one member of a fleet on a CPU, which compute bit for bit what its run alone does."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.func import functional_call

from narrows.data.sources import as_floats
from narrows.fleet.member import Member
from narrows.fleet.stack import Tensors
from narrows.noise.counter_noise import begin_step


class MemberStep(nn.Module):
    """The passes of a member, with `weights`, `gradients` and `running` statistics in its fleet's memory, unpadded."""

    def __init__(self, member: Member, weights: Tensors, gradients: Tensors, running: Tensors) -> None:
        super().__init__()
        self.autoencoder, self.member = member.autoencoder, member
        self.weights, self.gradients, self.running = weights, list(gradients.values()), running
        self.terms: dict[bool, dict[str, float]] = {}  # their weights, in training and out of it
        self.mean_gradients: dict[int, Tensor] = {}

    def begin(self, training: bool) -> bool:
        """Call before such passes in an epoch. True if weights of terms have changed since the last ones of this kind.

        In validation they may be those of another epoch, see `HeldOut`.
        """
        self.train(training)
        module, epoch = self.member.module, self.member.history.epochs
        before, pixels = self.terms.get(training), self.autoencoder.pixels
        self.terms[training] = module.objective.at(epoch if training else module.held_out.epoch(epoch), pixels)
        return self.terms[training] != before

    def images(self, pixels: Tensor) -> Tensor:
        """Images of the type of the weights, from uint8 or floating-point pixels."""
        return as_floats(pixels).to(next(iter(self.weights.values())))

    def computed(self, pixels: Tensor) -> list[Tensor]:
        """The `outputs`; in training also writes the gradients into the memory of `gradients`."""
        outputs = self.outputs(self.images(pixels))
        if self.training:
            torch._foreach_copy_(self.gradients, outputs[1:])
        return outputs

    def outputs(self, images: Tensor) -> list[Tensor]:
        """Losses (B,) of images (B, C, H, W), and in training the gradients of their mean, else codes (B, k)."""
        with torch.set_grad_enabled(self.training):
            weights = {name: value.detach().requires_grad_(self.training) for name, value in self.weights.items()}
            state = {f"autoencoder.{name}": value for name, value in (weights | self.running).items()}
            losses, codes = functional_call(self, state, (images,))
            if not self.training:
                return [losses, codes]
            return [losses.detach(), *torch.autograd.grad(losses, list(weights.values()), self._mean_gradient(losses))]

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Losses in the member's current epoch, and codes; in validation the codes are those of clean images."""
        module, noise, epoch = self.member.module, self.member.noise, self.member.history.epochs
        if self.training:
            begin_step(noise)
            images = module.target(images, noise)
            output = self.autoencoder(module.corruption(images, noise), noise, module.objective.draws)
            return module.objective(self.autoencoder, output, images, epoch, noise), output.code
        losses, output = module.held_out(self.autoencoder, images, epoch)
        return losses, self.autoencoder.encode(images) if module.held_out.noisy else output.code

    def places(self, images: Tensor) -> list[Tensor]:
        """Memory for the outputs; in training the gradients are written where the optimiser reads them."""
        losses = images.new_empty(len(images))
        if not self.training:
            return [losses, images.new_empty(len(images), self.member.width)]
        return [losses, *self.gradients]

    def _mean_gradient(self, losses: Tensor) -> Tensor:
        """The gradient of the mean by each loss, (B,)."""
        if len(losses) not in self.mean_gradients:
            self.mean_gradients[len(losses)] = torch.ones_like(losses) / len(losses)
        return self.mean_gradients[len(losses)]

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Restores the noise and the running statistics at the end."""
        noise, running = self.member.noise.get_state(), {name: value.clone() for name, value in self.running.items()}
        try:
            yield
        finally:
            self.member.noise.set_state(noise)
            for name, value in running.items():
                self.running[name].copy_(value)
