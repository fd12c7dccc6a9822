"""The LightningModule that trains an autoencoder."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from math import isfinite
from typing import Any

import lightning as L
import torch
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from narrows.errors import Diverged
from narrows.models.autoencoder import Autoencoder
from narrows.noise.counter_noise import begin_step, restore, run_noise
from narrows.objective.held_out import HeldOut
from narrows.runs.checkpoint import CARD
from narrows.training.gradient_norms import gradient_norm, mean_of_finite


class AutoencoderModule(L.LightningModule):
    """Trains an autoencoder: corrupt the input, reconstruct, compare with the clean image.

    `held_out` is the loss of validation images, with the same objective and corruption. `make_optimizer` is called with
    the parameters, `make_schedule` with the optimiser. `card` is saved in every checkpoint. Optimisation is manual,
    several minibatches to a `training_step`: see `data.batches.ROUND`.
    Raises Diverged, with epoch and step, when a loss is not finite.
    """

    def __init__(
        self,
        autoencoder: Autoencoder,
        held_out: HeldOut,
        make_optimizer: Callable[[Iterable[nn.Parameter]], Optimizer],
        make_schedule: Callable[[Optimizer], LRScheduler],
        seed: int,
        card: dict[str, Any],
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.autoencoder, self.held_out = autoencoder, held_out
        self.objective, self.corruption = held_out.objective, held_out.corruption
        self.make_optimizer, self.make_schedule = make_optimizer, make_schedule
        self.seed, self.noise = seed, run_noise(seed)
        self.resumed: tuple[Tensor, int] | None = None  # state of the noise, and steps before it
        self.card = card
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, int] = defaultdict(int)
        self.norms: list[Tensor] = []

    def configure_optimizers(self) -> tuple[list[Optimizer], list[LRScheduler]]:
        optimizer = self.make_optimizer(self.autoencoder.parameters())
        return [optimizer], [self.make_schedule(optimizer)]

    def _step(self, images: Tensor, stage: str) -> Tensor:
        """The mean loss over a minibatch (B, C, H, W), which is also added to the sums of `stage` for `mean_loss`."""
        if stage == "train":
            begin_step(self.noise)
            output = self.autoencoder(self.corruption(images, self.noise), self.noise)
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
            optimizer.step()
            self.norms.append(self._gradient_norm())  # after the step: in mixed precision it unscales them
            schedule.step()
            losses.append(loss.detach())
        self._check(torch.stack(losses))

    def validation_step(self, batches: list[Tensor], batch_idx: int) -> None:
        for images in batches:
            self._step(images, "val")

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


def divergence(losses: Tensor, epoch: int, before: int) -> str:
    """A message that names the first of S steps whose loss, in `losses` (S,), is not finite; empty if all are finite.

    `epoch` counts from 0; `before` is the number of steps before these.
    """
    finite = torch.isfinite(losses)
    if finite.all():
        return ""
    step = before + int(finite.int().argmin()) + 1
    return f"the loss became {losses[~finite][0]} in epoch {epoch + 1}, step {step}"


def validation_divergence(loss: float, epoch: int, step: int) -> str:
    """As `divergence`, for the validation loss of `epoch` (from 1), after `step` steps."""
    return "" if isfinite(loss) else f"the validation loss became {loss} in epoch {epoch + 1}, step {step}"
