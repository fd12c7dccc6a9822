"""Adds evaluations to finished runs in parallel, without training them. Imports torch only where it is used."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from joblib import Parallel, cpu_count, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from narrows.config.data_section import Data
from narrows.errors import one_line
from narrows.gc_paused import gc_paused
from narrows.sweeps.run_one import LOG, logged
from narrows.sweeps.watch import watched
from narrows.sweeps.workers import call_in

IDLE = 10  # seconds until a worker without work ends and frees its 1 GB, also when its sweep was killed


class Finished(NamedTuple):
    """A finished run: its folder, the evaluations that it is to have, and the data that it was trained on."""

    folder: Path
    evaluations: Sequence[str]
    data: Data


def evaluate_further(runs: Sequence[Finished], processes: int | None = None) -> dict[Path, str]:
    """Give each run the evaluations that it does not have yet, in `processes` at a time (None: one for each core).

    Returns the folders of the runs for which this failed, with the reason in one line; their records are unchanged.
    """
    if not runs:
        return {}
    with watched([run.folder for run in runs], "evaluations"):
        return _evaluate_all(runs, min(processes or cpu_count(), len(runs)))


def tell(failures: Mapping[Path, str]) -> int:
    """Print a line on stderr for each run that could not be evaluated; returns 1 if there is any, else 0."""
    for folder, reason in failures.items():
        print(f"not evaluated: {folder}: {reason}", file=sys.stderr)
    return int(bool(failures))


def _evaluate_all(runs: Sequence[Finished], processes: int) -> dict[Path, str]:
    """As `evaluate_further`; if the system kills a worker, as it does when memory is short, in half the processes."""
    if processes == 1:
        reasons = [_evaluate(run, turn) for turn, run in enumerate(runs)]
    else:
        workers = Parallel(processes, batch_size=1, pre_dispatch=processes, idle_worker_timeout=IDLE)
        try:
            reasons = workers(delayed(call_in)(Path.cwd(), _evaluate, run, turn) for turn, run in enumerate(runs))
        except TerminatedWorkerError:
            print(f"a worker was killed, perhaps out of memory: {processes // 2} at a time", file=sys.stderr)
            return _evaluate_all(runs, processes // 2)
    return {run.folder: reason for run, reason in zip(runs, reasons, strict=True) if reason}


def _evaluate(run: Finished, turn: int) -> str:
    """Evaluate one run; returns why it failed, or nothing. Output and tracebacks of defects go into the run's log."""
    with gc_paused():
        from narrows.sweeps.extend_run import extend
    try:
        with logged(run.folder / LOG):
            extend(run.folder, run.evaluations, run.data, turn)
    except Exception as error:
        return one_line(error)
    return ""
