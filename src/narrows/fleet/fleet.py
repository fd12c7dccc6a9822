"""Fleets: many runs trained as one program. Each member ends with the weights that it would have alone.

On a GPU a step computes with stacked arrays, all members at once (`side_by_side`). On a CPU these do not fit into the
cache, and are rounded differently than a member alone: training amplifies a last digit to 0.1 after fifty steps of Adam
with batch norm. There the operations of a step are recorded once, below modules and autograd, and replayed for each
member in turn (`one_by_one`); one optimiser updates all. Weights are then bit for bit those of a run with one thread.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from time import perf_counter
from typing import TypeVar

import torch
from torch import Tensor

from narrows.data.sources import as_floats
from narrows.data.splits import Splits
from narrows.fleet.cpu.exact_epochs import ExactEpochs
from narrows.fleet.gpu.side_by_side import side_by_side
from narrows.fleet.gpu.stacked_epochs import StackedEpochs
from narrows.fleet.gpu.stacked_optimizer import StackedOptimizer
from narrows.fleet.member import Member
from narrows.fleet.on_cpu import on_cpu
from narrows.fleet.shared_optimizer import SharedOptimizer
from narrows.fleet.stack import Stack, Tensors
from narrows.fleet.steps import Steps
from narrows.models.autoencoder import Autoencoder
from narrows.runs.measures import WATCHED, code_measures, mean_losses, watched
from narrows.training.denormals import flushed
from narrows.training.gradient_norms import mean_of_finite
from narrows.training.precision import computing, dtype_of
from narrows.training.resampling import due

OptimizerKind = TypeVar("OptimizerKind", bound=SharedOptimizer)


class Fleet:
    """Members trained together, each from its current epoch, with configs of the same `grouping.program`.

    `splits` are those of the member with most training images, on the device to train on. `exact`: compute each
    member's weights bit for bit as its run alone; the default is to do so on a CPU only.
    """

    def __init__(self, members: Sequence[Member], splits: Splits, exact: bool | None = None) -> None:
        self.splits, self.device = splits, splits.train.pixels.device
        self.precision = members[0].config.trainer.precision
        self.dtype = dtype_of(self.precision)
        self.optimizers: Sequence[SharedOptimizer]
        self.engine: ExactEpochs | StackedEpochs
        self.exact = self.device.type == "cpu" if exact is None else exact
        self._assemble(members)

    def epochs(self) -> Iterator[list[Member]]:
        """Train; yields after each epoch the members whose training has ended. They are settled and leave the fleet."""
        while self.members:
            if not any(member.over for member in self.members):
                self._resample()
                self._epoch()
            over = [member for member in self.members if member.over]
            if over:
                self.settle()
            yield over
            if over:
                self._assemble([member for member in self.members if not member.over])

    def settle(self) -> None:
        """Copy weights, best weights and the optimiser's state from the stack back to each member.

        From a GPU in one copy of each stacked tensor: the members' own would be 80 small ones each, which wait for it.
        """
        weights, best = on_cpu(self.stack.tensors), on_cpu(self.best)
        for optimizer in self.optimizers:
            for row, states in zip(optimizer.rows, optimizer.states(), strict=True):
                member = self.members[row]
                member.autoencoder.load_state_dict(self.stack.member(row, weights))
                member.best = self.stack.member(row, best)
                member.optimizer, member.schedule = states

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
        self.best = self.stack.stacked([self._best(member) for member in self.members])
        with computing(self.precision, self.device):
            self.engine = self._exact() if self.exact else self._stacked()

    def _best(self, member: Member) -> Tensors:
        """The member's best weights on the device; those that it begins with before its first epoch."""
        best = member.best or member.autoencoder.state_dict()
        return {name: value.to(self.device) for name, value in best.items()}

    def _exact(self) -> ExactEpochs:
        optimizers = self._optimizers(SharedOptimizer)
        self.optimizers = optimizers
        return ExactEpochs(self.members, self.stack, optimizers, *self._images(), self.dtype)

    def _stacked(self) -> StackedEpochs:
        optimizers = self._optimizers(StackedOptimizer)
        self.optimizers = optimizers
        train, held_out = self._images()
        passes = side_by_side(self.members, self.stack, optimizers, as_floats(train[:2]).to(self.dtype))
        return StackedEpochs(self.members, optimizers, passes, train, held_out)

    def _images(self) -> tuple[Tensor, Tensor]:
        """Those to train on, and those to evaluate after each epoch."""
        return self.splits.train.trained, self.splits.val.pixels if len(self.splits.val) else watched(self.splits)

    def _optimizers(self, kind: type[OptimizerKind]) -> list[OptimizerKind]:
        """One for each setting."""
        groups = groupby(range(len(self.members)), lambda row: self.members[row].settings)
        return [self._optimizer(kind, list(rows)) for _, rows in groups]

    def _optimizer(self, kind: type[OptimizerKind], rows: list[int]) -> OptimizerKind:
        """The optimiser of these members, continued from the state of each."""
        members = [self.members[row] for row in rows]
        module, span = members[0].module, range(rows[0], rows[-1] + 1)
        optimizer = kind(span, self.stack, module.make_optimizer, module.make_schedule, module.clip)
        states = [member.optimizer for member in members if member.optimizer]
        if states and members[0].schedule:
            optimizer.continue_from(states, members[0].schedule)
        return optimizer

    def _resample(self) -> None:
        """Draw dead units of dictionaries anew, where that is due before this epoch."""
        due_now = [member for member in self.members if due(member.config, member.history.epochs)]
        if due_now:
            self.settle()
            with flushed():
                for member in due_now:
                    member.resample()
            self._assemble(self.members)

    def _epoch(self) -> None:
        began = perf_counter()
        with computing(self.precision, self.device):
            steps = Steps(*(value.cpu() for value in self.engine.train()))  # waits for a GPU, once in an epoch
            seconds = perf_counter() - began
            with self._averaged():
                held_out, measures = self._validate()
                self._note(steps, self._columns(steps, held_out, measures, seconds))
                self._copy_best([row for row, member in enumerate(self.members) if member.improved])

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """In the body the weights are their averages, if there are any."""
        if not self.members[0].config.trainer.ema:
            yield
            return
        for optimizer in self.optimizers:
            optimizer.swap()
        yield  # what raises ends the fleet
        for optimizer in self.optimizers:
            optimizer.swap()

    @torch.no_grad()
    def _validate(self) -> tuple[Tensor | None, dict[str, Tensor]]:
        """The mean validation losses (M,), None if no images are held out, and the curves of the codes, (M,) each."""
        losses, codes = self.engine.evaluate()
        widths = torch.tensor(self.stack.widths, device=codes.device)
        measures = code_measures(self.members[0].autoencoder.code, codes[:, :WATCHED].to(self.dtype), widths)
        codes_of_image = self.members[0].module.held_out.codes
        return mean_losses(losses, codes_of_image).cpu() if len(self.splits.val) else None, on_cpu(measures)

    def _note(self, steps: Steps, columns: dict[str, list[float]]) -> None:
        """Add the epoch to each member's history."""
        finite = steps.losses.isfinite().all(0).tolist()
        for row, member in enumerate(self.members):
            curves = {name: values[row] for name, values in columns.items()}
            if member.autoencoder.code.logs:
                curves |= self.autoencoder(member).code.curves()
            member.note(curves, None if finite[row] else steps.losses[: member.steps, row])

    def _columns(
        self, steps: Steps, held_out: Tensor | None, measures: dict[str, Tensor], seconds: float
    ) -> dict[str, list[float]]:
        """The curves of this epoch, a number for each member. Lists, since a number of a tensor takes microseconds."""
        images = [member.images for member in self.members]
        pace = sum(images) / seconds  # time is divided in proportion to images
        columns = {"train/loss": [total / count for total, count in zip(steps.sums.tolist(), images, strict=True)]}
        if held_out is not None:
            columns["val/loss"] = held_out.tolist()
        columns["lr"] = [optimizer.lr for optimizer in self.optimizers for _ in optimizer.rows]
        columns["gradient_norm"] = mean_of_finite(steps.norms).tolist()
        columns |= {name: values.double().tolist() for name, values in measures.items()}
        return columns | {"seconds": [count / pace for count in images], "images_per_second": [pace] * len(images)}

    def _copy_best(self, rows: list[int]) -> None:
        """The current weights of these members are their best."""
        places = torch.tensor(rows, device=self.device, dtype=torch.long)
        for name, value in self.best.items():
            value[places] = self.stack.tensors[name][places]
