"""One run of a sweep's fleet: its folder, record and board, with the numbers that it would have alone."""

import traceback
from dataclasses import dataclass
from pathlib import Path

from narrows.board.board import Board, make_board
from narrows.config.schema import Config
from narrows.data.splits import Splits
from narrows.errors import Diverged
from narrows.fleet.fleet import Fleet
from narrows.fleet.member import Member
from narrows.run import add_history, conclude, device_name
from narrows.runs import record
from narrows.runs.record import Record
from narrows.runs.resume import can_continue
from narrows.sweep.free_memory import out_of_memory
from narrows.sweep.plan import Todo, state
from narrows.sweep.run_one import LOG, STOP, logged


@dataclass(eq=False)
class Run:
    """A member and what it leaves behind."""

    folder: Path
    config: Config
    result: Record
    member: Member
    board: Board | None
    shown: int  # epochs on the board


def begin(config: Config, folder: Path, splits: Splits) -> Run:
    """A run from where its folder stands."""
    result, member = record.begin(config), Member(config, splits)
    if state(result, folder) is Todo.RESUME and can_continue(config, folder):
        member.restore(folder)
    else:
        if (folder / record.NAME).is_file():
            record.set_aside(folder)
        member.pretrain()
    result.parameters, result.device = member.autoencoder.size, device_name(splits.train.pixels.device)
    run = Run(folder, config, result, member, make_board(folder, config, member.splits), member.history.epochs)
    if run.board:
        run.board.begin(member.history)
    return run


def show(run: Run, fleet: Fleet) -> None:
    """Tell the board of an epoch that is over."""
    epochs = run.member.history.epochs
    if run.board and epochs > run.shown and not run.member.error:
        run.board.epoch(run.member.history)
        if run.board.due(epochs):
            run.board.look(fleet.autoencoder(run.member), epochs)
    run.shown = epochs


def end(run: Run, on_error: str) -> None:
    """Evaluate and record a run whose training is over, as `run` does with one that trained alone.

    Out of memory it raises, to be tried again in a smaller fleet.
    """
    add_history(run.result, run.member.history)
    with logged(run.folder / LOG):
        try:
            if run.member.error:
                raise Diverged(run.member.error)
            conclude(run.result, run.config, run.member.splits, run.member.history, run.board, run.folder)
            run.result.status = "done"
            print(run.result.summary())
        except Exception as error:
            if out_of_memory(error):
                raise
            run.result.status, run.result.error = "failed", " ".join(str(error).split()) or type(error).__name__
            traceback.print_exc()
            if on_error == "stop":
                (run.folder.parent / STOP).touch()
        finally:
            if run.result.status:  # else it was interrupted or out of memory
                record.write(run.result, run.folder)


def interrupt(run: Run) -> None:
    """Record how far it came: the next sweep continues it."""
    run.result.status = "interrupted"
    add_history(run.result, run.member.history)
    record.write(run.result, run.folder)
