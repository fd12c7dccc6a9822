"""Many runs trained as one program: each member comes out as it would have alone.

One step of the fleet is one step of every member, and nothing joins members: one whose numbers overflow spoils no
other's.

On a GPU that is one program on stacked arrays (`side_by_side`). On a CPU such arrays fit into no cache, and a stack
rounds otherwise than a member alone: training amplifies a last digit, to 0.1 after fifty steps of Adam with batch norm.
There each member's step is taken down once, below modules and autograd, and repeated for one after the other
(`one_by_one`); an optimiser steps for all. So a member's weights are those of its run alone with one thread, bit for
bit.
"""

import warnings
from collections.abc import Iterator, Sequence
from itertools import groupby
from time import perf_counter
from typing import Any, NamedTuple

import torch
from torch import Tensor

from narrows.config.schema import Config
from narrows.data.batches import WHOLE
from narrows.data.sources import as_floats
from narrows.data.splits import Splits
from narrows.fleet import grouping as together
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

AT_ONCE = 128  # images of each member in a pass without gradients: no more memory than a training step wants


class Steps(NamedTuple):
    """What the S steps of an epoch came to: each member's sum of losses (M,), mean losses and gradient norms (S, M)."""

    sums: Tensor
    losses: Tensor
    norms: Tensor


def train(configs: Sequence[Config], splits: Splits) -> list[Autoencoder | None]:
    """Train the runs that these configs describe, together; their autoencoders with the best weights, in their order.

    None, with a warning, for one whose loss was not finite. `splits` are those of the config with most training images.
    As any run does, it sets torch's threads to `trainer.threads`. Raises ValueError for configs that cannot train
    together.
    """
    if not configs:
        return []
    together.check(configs)
    if any(config.data.trained > len(splits.train) for config in configs):
        raise ValueError(f"the splits have {len(splits.train)} training images, of which a config wants more")
    torch.set_num_threads(configs[0].trainer.threads)
    members = [Member(config, splits) for config in configs]
    for member in members:
        member.pretrain()
    for _ in Fleet(members, splits).epochs():
        pass
    for number, member in enumerate(members):
        if member.error:
            warnings.warn(f"configs[{number}]: {member.error}", stacklevel=2)
    return [_trained(member) for member in members]


def _trained(member: Member) -> Autoencoder | None:
    if member.error:
        return None
    member.autoencoder.load_state_dict(member.best)
    return member.autoencoder.eval()


class Fleet:
    """Members trained together, each from the epoch where it stands, and alike in what `program` names.

    `splits` are those of the member with most training images, on the device that trains. `exact` is to round as each
    member alone does, so that its weights are those of the run alone, bit for bit; None: on a CPU yes, elsewhere no.
    """

    def __init__(self, members: Sequence[Member], splits: Splits, exact: bool | None = None) -> None:
        self.splits, self.device = splits, splits.train.pixels.device
        config = members[0].config
        self.precision = config.trainer.precision
        self.dtype, terms = dtype_of(self.precision), members[0].module.objective.terms
        self.stacks = stacks(members[0].autoencoder) and all(term.stacks for term in terms)
        self.at_once = WHOLE if any(term.mixes_images for term in terms) else AT_ONCE
        self.exact = self.device.type == "cpu" if exact is None else exact
        self._assemble(members)

    def epochs(self) -> Iterator[list[Member]]:
        """Train; after each epoch yields the members whose training is over. They are settled and leave the fleet."""
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
        """Bring every member's weights, best weights and optimiser home from the stack."""
        for optimizer in self.optimizers:
            for row in optimizer.rows:
                member = self.members[row]
                member.autoencoder.load_state_dict(self.stack.member(row))
                member.best = self.stack.member(row, self.best)
                member.optimizer, member.schedule = optimizer.states(row)

    def autoencoder(self, member: Member) -> Autoencoder:
        """What a member is by now, to be looked at."""
        member.autoencoder.load_state_dict(self.stack.member(self.members.index(member)))
        return member.autoencoder

    # --- putting it together

    def _assemble(self, members: Sequence[Member]) -> None:
        """Stack these members, those with most images first: who is busy to the end of an epoch stands in front."""
        self.members = sorted(members, key=lambda member: (member.settings, member.width))
        if not self.members:
            return
        widths = [member.width for member in self.members]
        self.stack = Stack([member.autoencoder for member in self.members], widths)
        self.best = self.stack.stacked([member.best or member.autoencoder.state_dict() for member in self.members])
        self.optimizers = [
            self._optimizer(list(rows)) for _, rows in groupby(self._rows, lambda row: self.members[row].settings)
        ]
        with computing(self.precision, self.device):
            self.way = self._way()

    def _way(self) -> OneByOne | SideBySide:
        """How steps are computed."""
        if self.exact:
            return OneByOne(self.members, self.stack, self.optimizers)
        side_by_side = SideBySide if self.stacks else Vectorised
        return side_by_side(self.members, self.stack, self.optimizers, self._floats(self.splits.train.pixels[:2]))

    def _optimizer(self, rows: list[int]) -> SharedOptimizer:
        members = [self.members[row] for row in rows]
        module = members[0].module
        span = range(rows[0], rows[-1] + 1)
        optimizer = SharedOptimizer(span, self.stack, module.make_optimizer, module.make_schedule, self.exact)
        states = [member.optimizer for member in members if member.optimizer]
        if states and members[0].schedule:
            optimizer.continue_from(states, members[0].schedule)
        return optimizer

    # --- one epoch

    def _epoch(self) -> None:
        began = perf_counter()
        with computing(self.precision, self.device):
            steps = Steps(*(value.cpu() for value in self._train()))  # which waits for a GPU, once an epoch
            seconds = perf_counter() - began
            held_out, active = self._validate()
        self._note(steps, held_out, active, seconds)
        self._keep_best()

    def _train(self) -> Steps:
        """One pass over everybody's own images."""
        self.way.begin(training=True)
        feed = Feed(self.members, self.splits.train.pixels)
        sums, means, norms = torch.zeros(len(self.members), **self._like), [], []
        for step in range(len(feed)):
            mean, norm = torch.zeros_like(sums), torch.full_like(sums, torch.nan)  # of members that are idle by now
            for rows in feed.busy(step):
                losses, norm[rows] = self._step(rows, feed.minibatches(rows, step))
                sums[rows] += losses.sum(1)
                mean[rows] = losses.mean(1)
            means.append(mean)
            norms.append(norm)
        for optimizer in self.optimizers:
            optimizer.bring_home()
        return Steps(sums, torch.stack(means), torch.stack(norms))

    def _step(self, rows: slice, minibatches: Minibatches) -> tuple[Tensor, Tensor]:
        """One step of these members, each on its own images: their losses (R, B) and gradient norms (R,)."""
        losses, norms = self.way.step(rows, minibatches)
        for optimizer in self.optimizers:
            if optimizer.within(rows):
                optimizer.step()
        return losses, norms

    @torch.no_grad()
    def _validate(self) -> tuple[Tensor | None, Tensor]:
        """The mean loss on the images held out, None without any, and the units of each code that are in use, (M,)."""
        self.way.begin(training=False)
        pixels = self.splits.val.pixels if len(self.splits.val) else watched(self.splits)
        everybody = slice(0, len(self.members))
        passes = [self.way.look(everybody, images) for images in map(self._floats, pixels.split(self.at_once))]
        losses, codes = (torch.cat(parts, 1) for parts in zip(*passes, strict=True))
        active = active_units(codes[:, :WATCHED].to(self.dtype)).cpu()
        return mean_losses(losses).cpu() if len(self.splits.val) else None, active

    def _note(self, steps: Steps, held_out: Tensor | None, active: Tensor, seconds: float) -> None:
        norms = mean_of_finite(steps.norms)
        rates = {row: optimizer.lr for optimizer in self.optimizers for row in optimizer.rows}
        pace = sum(member.images for member in self.members) / seconds  # each has its images' share of the time
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

    # --- small things

    @property
    def _rows(self) -> range:
        return range(len(self.members))

    @property
    def _like(self) -> dict[str, Any]:
        return {"device": self.device, "dtype": self.dtype}

    def _floats(self, pixels: Tensor) -> Tensor:
        return as_floats(pixels).to(self.dtype)
