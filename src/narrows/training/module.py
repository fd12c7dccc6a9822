"""The LightningModule that trains an autoencoder."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import lightning as L
import torch
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from narrows.errors import Diverged
from narrows.noise.counter_noise import begin_step, restore, run_noise
from narrows.runs.checkpoint import CARD
from narrows.training.averages import swap
from narrows.training.divergence import divergence
from narrows.training.gradient_norms import clip_before_steps, gradient_norm, mean_of_finite
from narrows.training.trainable import Trainable


class AutoencoderModule(L.LightningModule):
    """Trains an autoencoder: corrupt the input, reconstruct, compare with the clean image.

    Optimisation is manual, several minibatches to a `training_step`: see `data.batches.ROUND`.
    Raises Diverged, with epoch and step, when a loss is not finite.
    """

    def __init__(self, trainable: Trainable, seed: int) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.autoencoder, self.held_out = trainable.autoencoder, trainable.held_out
        self.objective, self.corruption = trainable.objective, trainable.corruption
        self.target = trainable.target
        self.make_optimizer, self.make_schedule = trainable.make_optimizer, trainable.make_schedule
        self.clip = trainable.clip
        self.seed, self.noise = seed, run_noise(seed)
        self.resumed: tuple[Tensor, int] | None = None  # state of the noise, and steps before it
        self.card = trainable.card
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, int] = defaultdict(int)
        self.norms: list[Tensor] = []

    def configure_optimizers(self) -> tuple[list[Optimizer], list[LRScheduler]]:
        optimizer = self.make_optimizer(self.autoencoder.parameters())
        if self.clip:
            clip_before_steps(optimizer, self.clip)
        return [optimizer], [self.make_schedule(optimizer)]

    def _step(self, images: Tensor, stage: str) -> Tensor:
        """The mean loss over a minibatch (B, C, H, W), which is also added to the sums of `stage` for `mean_loss`."""
        if stage == "train":
            begin_step(self.noise)
            images = self.target(images, self.noise)
            output = self.autoencoder(self.corruption(images, self.noise), self.noise, self.objective.draws)
            losses = self.objective(self.autoencoder, output, images, self.current_epoch, self.noise)
        else:
            losses, _ = self.held_out(self.autoencoder, images, self.current_epoch)
        self.sums[stage] = self.sums.get(stage, 0) + losses.detach().sum()
        self.counts[stage] += len(images)
        return losses.mean()

    def training_step(self, batches: list[Tensor], batch_idx: int) -> None:
        optimizer, schedule = self.optimizers(), self.lr_schedulers()
        assert isinstance(optimizer, LightningOptimizer) and isinstance(schedule, LRScheduler)
        losses = []
        for images in batches:
            loss = self._step(images, "train")
            optimizer.zero_grad()
            self.manual_backward(loss)
            self.norms.append(self._stepped(optimizer))
            schedule.step()
            losses.append(loss.detach())
        self._check(torch.stack(losses))

    def _stepped(self, optimizer: LightningOptimizer) -> Tensor:
        """Update the weights; the norm of the gradients before they are clipped."""
        norm = self._gradient_norm() if self.clip else None
        optimizer.step()
        return self._gradient_norm() if norm is None else norm  # the step unscales gradients of mixed precision

    def validation_step(self, batches: list[Tensor], batch_idx: int) -> None:
        for images in batches:
            self._step(images, "val")

    def on_validation_start(self) -> None:
        swap(self.trainer.optimizers[0])

    def on_validation_end(self) -> None:
        swap(self.trainer.optimizers[0])

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """In the body the weights are their averages, if the optimiser keeps any."""
        swap(self.trainer.optimizers[0])
        try:
            yield
        finally:
            swap(self.trainer.optimizers[0])

    def mean_loss(self, stage: str) -> float:
        """The mean over all images of `stage` since the last call."""
        return float(self.sums.pop(stage)) / self.counts.pop(stage)

    def _gradient_norm(self) -> Tensor:
        return gradient_norm([p.grad for p in self.autoencoder.parameters() if p.grad is not None])

    def mean_gradient_norm(self) -> float:
        """The mean over the epoch's minibatches of the norm of all gradients."""
        return float(mean_of_finite(torch.stack(self.norms)))

    def on_train_epoch_start(self) -> None:
        self.sums.clear()  # left by a sanity check or an interrupted epoch
        self.counts.clear()
        self.norms.clear()

    def _check(self, losses: Tensor) -> None:
        """Raises Diverged. Called once for several steps: reading a loss makes the CPU wait for the GPU."""
        if error := divergence(losses, self.current_epoch, self.global_step - len(losses)):
            raise Diverged(error)

    def on_fit_start(self) -> None:
        if self.noise.device != self.device:  # noise does not move with a module
            self.noise = run_noise(self.seed, self.device)
        if self.resumed is not None:
            restore(self.noise, *self.resumed)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint[CARD] = self.card | {"noise": self.noise.get_state()}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.resumed = checkpoint[CARD]["noise"], checkpoint["global_step"]  # for `on_fit_start`, which has the device
