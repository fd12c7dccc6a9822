"""One run that trains in a fleet: its folder, record and board, the same as those of a run alone."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from narrows.board.board import Board, make_board
from narrows.conclude import conclude
from narrows.config.schema import Config
from narrows.data.splits import Splits
from narrows.errors import DiskFull, Diverged, Unwritable
from narrows.fleet.fleet import Fleet
from narrows.fleet.member import Member
from narrows.runs import life_cycle
from narrows.runs.atomic_files import writing_into
from narrows.runs.provenance import device_name
from narrows.runs.record import Record
from narrows.runs.resume import begun
from narrows.sweep.free_memory import out_of_memory
from narrows.sweep.plan import Todo, todo
from narrows.sweep.run_one import LOG, STOP, logged, tell


@dataclass(eq=False)
class MemberRun:
    """A member of a fleet with the folder, record and board of its run.

    `unwritable` is the error of a file of this run that could not be written: the run then leaves the fleet.
    """

    config: Config
    folder: Path
    record: Record
    member: Member
    board: Board | None
    shown_epochs: int  # on the board
    unwritable: Unwritable | None = None

    def show_epoch(self, fleet: Fleet) -> None:
        """Show the last epoch on the board, unless it is there already or the run failed in it."""
        epochs = self.member.history.epochs
        if self.board and epochs > self.shown_epochs and not self.member.error:
            with self._leaving_if_unwritable():
                self.board.epoch(self.member.history)
                if self.board.due(epochs):
                    self.board.look(fleet.autoencoder(self.member), epochs)
        self.shown_epochs = epochs

    def save(self) -> None:
        """Write the checkpoints at the end of the training."""
        if not self.member.error:
            with self._leaving_if_unwritable():
                self.member.save(self.folder)

    def save_meanwhile(self) -> None:
        """Write the checkpoints during the training, which goes on without them while the disk is full."""
        if self.member.history.epochs and not self.member.error:
            with self._leaving_if_unwritable():
                try:
                    self.member.save(self.folder)
                except DiskFull as error:
                    print(f"{error}; the training goes on", file=sys.stderr)

    @contextmanager
    def _leaving_if_unwritable(self) -> Iterator[None]:
        try:
            with writing_into(self.folder):
                yield
        except Unwritable as error:
            self.unwritable, self.member.error = error, str(error)

    def conclude(self, on_error: str) -> None:
        """Evaluate and record the run after its training, as a run alone does.

        An error is recorded and logged and ends only this run. An error for lack of memory is raised and not recorded:
        the run is evaluated again in a smaller fleet.
        """
        try:
            with logged(self.folder / LOG):
                with life_cycle.recorded(self.record, self.member.history, self.folder, out_of_memory):
                    self._conclude()
                print(self.record.summary())
        except Exception as error:
            if out_of_memory(error):
                raise
            if isinstance(error, Unwritable):
                tell(error, self.folder)
            if on_error == "stop":
                (self.folder.parent / STOP).touch()

    def _conclude(self) -> None:
        if self.unwritable:
            raise self.unwritable
        if self.member.error:
            raise Diverged(self.member.error)
        member = self.member
        with life_cycle.evaluated(self.record):
            self.record.metrics = conclude(self.config, member.splits, member.history, self.board, self.folder)

    def interrupt(self) -> None:
        """Record the completed epochs as interrupted; the next sweep continues the run from its last checkpoint."""
        try:
            life_cycle.end(self.record, self.member.history, self.folder, "interrupted")
        except Unwritable as error:
            tell(error, self.folder)


def begin(config: Config, folder: Path, splits: Splits) -> MemberRun:
    """Begin the run in `folder`, or continue it from its last checkpoint there. `splits` are those of the fleet."""
    start = begun(config, folder) if todo(config, folder) is Todo.RESUME else None
    record, member = life_cycle.begin(config, folder, resume=start is not None), Member(config, splits)
    if start:
        member.restore(start)
    else:
        member.pretrain()
    record.parameters, record.device = member.autoencoder.size, device_name(splits.train.pixels.device)
    board = make_board(folder, config, member.splits)
    if board:
        board.begin(member.history)
    return MemberRun(config, folder, record, member, board, shown_epochs=member.history.epochs)
