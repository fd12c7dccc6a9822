"""Fleets: many runs trained as one program. Each member ends with the weights that it would have alone.

On a GPU a step computes with stacked arrays, all members at once (`side_by_side`). On a CPU these do not fit into the
cache, and are rounded differently than a member alone: training amplifies a last digit to 0.1 after fifty steps of Adam
with batch norm. There the operations of a step are recorded once, below modules and autograd, and replayed for each
member in turn (`one_by_one`); one optimiser updates all. Weights are then bit for bit those of a run with one thread.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from time import perf_counter
from typing import NamedTuple

import torch
from torch import Tensor

from narrows.data.batches import WHOLE
from narrows.data.sources import as_floats
from narrows.data.splits import Splits
from narrows.fleet.cpu.one_by_one import OneByOne
from narrows.fleet.gpu.side_by_side import SideBySide, Vectorised
from narrows.fleet.member import Member
from narrows.fleet.minibatches import Feed, Minibatches
from narrows.fleet.shared_optimizer import SharedOptimizer
from narrows.fleet.stack import Stack
from narrows.models.autoencoder import Autoencoder
from narrows.models.traits import stacks
from narrows.runs.measures import WATCHED, active_units, mean_losses, watched
from narrows.training.gradient_norms import mean_of_finite
from narrows.training.precision import computing, dtype_of

AT_ONCE = 128  # images of each member in a pass without gradients; needs no more memory than a training step


class Steps(NamedTuple):
    """The S steps of an epoch: each member's sum of losses (M,), mean losses and gradient norms (S, M)."""

    sums: Tensor
    losses: Tensor
    norms: Tensor


class Fleet:
    """Members trained together, each from its current epoch, with configs of the same `grouping.program`.

    `splits` are those of the member with most training images, on the device to train on. `exact`: compute each
    member's weights bit for bit as its run alone; the default is to do so on a CPU only.
    """

    def __init__(self, members: Sequence[Member], splits: Splits, exact: bool | None = None) -> None:
        self.splits, self.device = splits, splits.train.pixels.device
        self.precision = members[0].config.trainer.precision
        self.dtype = dtype_of(self.precision)
        self.exact = self.device.type == "cpu" if exact is None else exact
        self._assemble(members)

    def epochs(self) -> Iterator[list[Member]]:
        """Train; yields after each epoch the members whose training has ended. They are settled and leave the fleet."""
        while self.members:
            if not any(member.over for member in self.members):
                self._epoch()
            over = [member for member in self.members if member.over]
            if over:
                self.settle()
            yield over
            if over:
                self._assemble([member for member in self.members if not member.over])

    def settle(self) -> None:
        """Copy weights, best weights and the optimiser's state from the stack back to each member."""
        for optimizer in self.optimizers:
            for row in optimizer.rows:
                member = self.members[row]
                member.autoencoder.load_state_dict(self.stack.member(row))
                member.best = self.stack.member(row, self.best)
                member.optimizer, member.schedule = optimizer.states(row)

    def autoencoder(self, member: Member) -> Autoencoder:
        """The member's current autoencoder, for logging."""
        member.autoencoder.load_state_dict(self.stack.member(self.members.index(member)))
        return member.autoencoder

    def _assemble(self, members: Sequence[Member]) -> None:
        """Stack these members, those with most images first, so that members that still have some are adjacent."""
        self.members = sorted(members, key=lambda member: (member.settings, member.width))
        if not self.members:
            return
        self.stack = Stack([member.autoencoder for member in self.members], [member.width for member in self.members])
        self.best = self.stack.stacked([member.best or member.autoencoder.state_dict() for member in self.members])
        rows = range(len(self.members))
        self.optimizers = [
            self._optimizer(list(group)) for _, group in groupby(rows, lambda row: self.members[row].settings)
        ]
        with computing(self.precision, self.device):
            self.passes = self._passes()

    def _passes(self) -> OneByOne | SideBySide:
        """How losses and gradients are computed."""
        if self.exact:
            return OneByOne(self.members, self.stack, self.optimizers)
        module = self.members[0].module
        takes_stacks = stacks(module.autoencoder) and all(term.stacks for term in module.objective.terms)
        side_by_side = SideBySide if takes_stacks else Vectorised
        return side_by_side(self.members, self.stack, self.optimizers, self._floats(self.splits.train.pixels[:2]))

    def _optimizer(self, rows: list[int]) -> SharedOptimizer:
        """The optimiser of these members, continued from the state of each."""
        members = [self.members[row] for row in rows]
        module, span = members[0].module, range(rows[0], rows[-1] + 1)
        optimizer = SharedOptimizer(span, self.stack, module.make_optimizer, module.make_schedule, self.exact)
        states = [member.optimizer for member in members if member.optimizer]
        if states and members[0].schedule:
            optimizer.continue_from(states, members[0].schedule)
        return optimizer

    def _epoch(self) -> None:
        began = perf_counter()
        with computing(self.precision, self.device):
            steps = Steps(*(value.cpu() for value in self._train()))  # waits for a GPU, once in an epoch
            seconds = perf_counter() - began
            held_out, active = self._validate()
        self._note(steps, held_out, active, seconds)
        self._keep_best()

    def _train(self) -> Steps:
        """One pass over each member's own images."""
        self.passes.begin(training=True)
        feed = Feed(self.members, self.splits.train.pixels)
        sums, means, norms = torch.zeros(len(self.members), device=self.device, dtype=self.dtype), [], []
        for step in range(len(feed)):
            mean, norm = torch.zeros_like(sums), torch.full_like(sums, torch.nan)  # for members without images left
            for rows in feed.busy(step):
                losses, norm[rows] = self._step(rows, feed.minibatches(rows, step))
                sums[rows] += losses.sum(1)
                mean[rows] = losses.mean(1)
            means.append(mean)
            norms.append(norm)
        for optimizer in self.optimizers:
            optimizer.write_back()
        return Steps(sums, torch.stack(means), torch.stack(norms))

    def _step(self, rows: slice, minibatches: Minibatches) -> tuple[Tensor, Tensor]:
        """One step of these members, each on its own images: their losses (R, B) and gradient norms (R,)."""
        losses, norms = self.passes.step(rows, minibatches)
        for optimizer in [optimizer for optimizer in self.optimizers if optimizer.within(rows)]:
            optimizer.step()
        return losses, norms

    @torch.no_grad()
    def _validate(self) -> tuple[Tensor | None, Tensor]:
        """The mean validation losses (M,), None if no images are held out, and the number of active units, (M,)."""
        self.passes.begin(training=False)
        pixels = self.splits.val.pixels if len(self.splits.val) else watched(self.splits)
        losses, codes = self._evaluated(pixels)
        active = active_units(codes[:, :WATCHED].to(self.dtype)).cpu()
        return mean_losses(losses).cpu() if len(self.splits.val) else None, active

    def _evaluated(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Losses (M, N) and codes (M, N, k) of uint8 images (N, C, H, W)."""
        images, members = self._at_once()
        batches = [self._floats(batch) for batch in pixels.split(images)]
        count = len(self.members)
        groups = [slice(start, min(start + members, count)) for start in range(0, count, members)]
        losses, codes = zip(*(self._evaluated_group(rows, batches) for rows in groups), strict=True)
        return torch.cat(losses), torch.cat(codes)

    def _evaluated_group(self, rows: slice, batches: list[Tensor]) -> tuple[Tensor, Tensor]:
        losses, codes = zip(*(self.passes.evaluate(rows, images) for images in batches), strict=True)
        return torch.cat(losses, 1), torch.cat(codes, 1)

    def _at_once(self) -> tuple[int, int]:
        """Numbers of images and members in a pass without gradients.

        They are batches of a run alone where a term mixes images, and where noise is drawn for each batch.
        """
        count, module = len(self.members), self.members[0].module
        as_alone = module.held_out.noisy or any(term.mixes_images for term in module.objective.terms)
        return (WHOLE, max(1, count * AT_ONCE // WHOLE)) if as_alone else (AT_ONCE, count)

    def _note(self, steps: Steps, held_out: Tensor | None, active: Tensor, seconds: float) -> None:
        """Add the epoch to each member's history."""
        norms = mean_of_finite(steps.norms)
        rates = {row: optimizer.lr for optimizer in self.optimizers for row in optimizer.rows}
        pace = (
            sum(member.images for member in self.members) / seconds
        )  # the time is divided in proportion to members' images
        for row, member in enumerate(self.members):
            curves = {"train/loss": float(steps.sums[row]) / member.images}
            if held_out is not None:
                curves["val/loss"] = float(held_out[row])
            curves |= {"lr": rates[row], "gradient_norm": float(norms[row]), "active_units": float(active[row])}
            curves |= {"seconds": member.images / pace, "images_per_second": pace}
            member.note(steps.losses[: member.steps, row], curves)

    def _keep_best(self) -> None:
        improved = [not m.error and m.history.best_epoch == m.history.epochs for m in self.members]
        rows = torch.tensor(improved, device=self.device).nonzero().flatten()
        for name, value in self.best.items():
            value[rows] = self.stack.tensors[name][rows]

    def _floats(self, pixels: Tensor) -> Tensor:
        return as_floats(pixels).to(self.dtype)
