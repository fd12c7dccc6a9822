"""One run that trains in a fleet: its folder, record and board, the same as those of a run alone."""

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from narrows.board.board import Board, make_board
from narrows.conclude import Trained, draw, evaluate
from narrows.config.schema import Config
from narrows.data.splits import Splits
from narrows.errors import DiskFull, Diverged, Unwritable
from narrows.fleet.fleet import Fleet
from narrows.fleet.member import Member
from narrows.models.autoencoder import Autoencoder
from narrows.runs import checkpoint, life_cycle
from narrows.runs.atomic_files import writing_into
from narrows.runs.history import History
from narrows.runs.provenance import device_name
from narrows.runs.record import Record
from narrows.runs.resume import begun
from narrows.sweeps.free_memory import out_of_memory
from narrows.sweeps.plan import Todo, todo
from narrows.sweeps.run_one import LOG, STOP, logged, tell
from narrows.sweeps.writers import Writer


@dataclass(eq=False)
class MemberRun:
    """A member of a fleet with the folder, record and board of its run, and the writer of its files.

    `host` are the images of its member on the CPU, where pictures are drawn.
    `failure` is the error of its evaluation, or of a file that could not be written: the run then leaves the fleet.
    """

    config: Config
    folder: Path
    record: Record
    member: Member
    host: Splits
    board: Board | None
    writer: Writer
    shown_epochs: int  # on the board
    failure: Exception | None = None

    def show_epoch(self, fleet: Fleet) -> None:
        """Show the last epoch on the board, unless it is there already or the run failed in it."""
        epochs = self.member.history.epochs
        if self.board and epochs > self.shown_epochs and not self.member.error:
            drawn = deepcopy(fleet.autoencoder(self.member)).cpu() if self.board.due(epochs) else None
            self._write(partial(self._show, self.board, self.member.history.copy(), drawn))
        self.shown_epochs = epochs

    def _show(self, board: Board, history: History, drawn: Autoencoder | None) -> None:
        board.epoch(history)
        if drawn:
            board.look(drawn, history.epochs)

    def save(self) -> None:
        """Write the checkpoints at the end of the training."""
        if not self.member.error:
            self._write(partial(self._save, self.member.checkpoints()))

    def save_meanwhile(self) -> None:
        """Write the checkpoints during the training, which goes on without them while the disk is full."""
        if self.member.history.epochs and not self.member.error:
            self._write(partial(self._save_if_possible, self.member.checkpoints()))

    def _save(self, checkpoints: Mapping[str, dict[str, Any]]) -> None:
        for name, content in checkpoints.items():
            checkpoint.write(content, self.folder / name)

    def _save_if_possible(self, checkpoints: Mapping[str, dict[str, Any]]) -> None:
        try:
            self._save(checkpoints)
        except DiskFull as error:
            print(f"{error}; the training goes on", file=sys.stderr)

    def _write(self, write: Callable[[], object]) -> None:
        """Write files of this run; if one before it could not be written, the run leaves the fleet."""
        try:
            with writing_into(self.folder):
                self.writer.submit(write)
        except Unwritable as error:
            self.failure, self.member.error = error, str(error)

    def evaluate(self, trained: Trained | None) -> None:
        """Evaluate the run after its training, and draw its pictures. `trained`: with its errors, if they are known.

        Raises an error for lack of memory: the run is evaluated again in a smaller fleet. Others are left to `end`.
        """
        if self.member.error:
            self.failure = self.failure or Diverged(self.member.error)
            return
        try:
            with life_cycle.evaluated(self.record), writing_into(self.folder):
                self._evaluate(trained or self._alone())
        except Exception as error:
            if out_of_memory(error):
                raise
            self.failure = error

    def _alone(self) -> Trained:
        member = self.member
        return Trained.alone(self.config, member.splits, member.history, member.trained())

    def _evaluate(self, trained: Trained) -> None:
        self.record.metrics = evaluate(trained)
        trained.best.cpu()
        drawn = trained._replace(splits=self.host)
        self.writer.submit(partial(draw, drawn, self.record.metrics, self.board, self.folder))

    def end(self, on_error: str) -> None:
        """Record the run when all its files are written, as a run alone does. An error ends only this run."""
        try:
            with logged(self.folder / LOG):
                with life_cycle.recorded(self.record, self.member.history, self.folder, out_of_memory):
                    if self.failure:
                        raise self.failure
                    self.writer.wait()
                print(self.record.summary())
        except Exception as error:
            if out_of_memory(error):
                raise
            if isinstance(error, Unwritable):
                tell(error, self.folder)
            if on_error == "stop":
                (self.folder.parent / STOP).touch()

    def interrupt(self) -> None:
        """Record the completed epochs as interrupted; the next sweep continues the run from its last checkpoint."""
        with suppress(Exception):  # of a file; the record says only that the run was interrupted
            self.writer.wait()
        try:
            life_cycle.end(self.record, self.member.history, self.folder, "interrupted")
        except Unwritable as error:
            tell(error, self.folder)


def begin(config: Config, folder: Path, splits: Splits, host: Splits, writer: Writer) -> MemberRun:
    """Begin the run in `folder`, or continue it from its last checkpoint there.

    `splits` are those of the fleet, on its device, and `host` the same on the CPU, where the board draws.
    """
    start = begun(config, folder) if todo(config, folder) is Todo.RESUME else None
    record, member = life_cycle.begin(config, folder, resume=start is not None), Member(config, splits)
    if start:
        member.restore(start)
    else:
        member.pretrain()
    record.parameters, record.device = member.autoencoder.size, device_name(splits.train.pixels.device)
    host = host._replace(train=host.train[: member.images])
    board = make_board(folder, config, host)
    if board:
        board.begin(member.history)
    return MemberRun(config, folder, record, member, host, board, writer, shown_epochs=member.history.epochs)
