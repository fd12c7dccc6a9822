"""Adds evaluations to one finished run: to its record and to TensorBoard."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import torch

from narrows.board import added_metrics
from narrows.config.data_section import Data
from narrows.config.evaluations import versions_of
from narrows.config.quantities import evaluation_of
from narrows.errors import UserError
from narrows.evaluation.evaluate import evaluate_trained
from narrows.runs import record
from narrows.runs.atomic_files import remove_partial_files
from narrows.runs.determinants import EVALUATION
from narrows.runs.folder_lock import next_writer
from narrows.runs.record import Record
from narrows.runs.run_folder import BEST
from narrows.training.precision import configure_torch


def extend(folder: Path, names: Sequence[str], data: Data, turn: int = 0) -> None:
    """Evaluate the finished run in `folder` with those of the evaluations `names` that its record does not have yet.

    An evaluation that it has in an earlier version takes the place of that one.

    With several GPUs the run numbered `turn` uses GPU `turn` modulo their number. Raises UserError if the run has no
    checkpoint or its data have changed.
    """
    with next_writer(folder):
        extend_locked(folder, names, data, turn)


def extend_locked(folder: Path, names: Sequence[str], data: Data, turn: int = 0) -> Record:
    """As `extend`, for a caller that has locked the folder; returns the new record."""
    remove_partial_files(folder)
    earlier = record.read(folder)
    assert earlier is not None
    missing = earlier.unevaluated(names)
    if not missing:
        return earlier
    if not (folder / BEST).is_file():
        raise UserError(f"{BEST} is missing; to train the run again, remove its {record.NAME} and repeat the sweep")
    if data.entry.checksum != earlier.data.checksum:
        raise UserError(f"data={data.name}: {data.title} has changed since the run was trained")
    trainer = earlier.config.get("trainer", {})
    configure_torch(trainer.get("threads", 1), trainer.get("float32_matmul", "highest"))
    began = perf_counter()
    metrics = evaluate_trained(folder / BEST, missing, data, _device(earlier.device, turn))
    extended = _extended(earlier, missing, metrics, perf_counter() - began)
    added_metrics.add(folder, extended, metrics)  # before the record, after which no other attempt is made
    record.write(extended, folder)
    return extended


def _extended(earlier: Record, names: Sequence[str], metrics: dict[str, float], seconds: float) -> Record:
    """The record with the metrics of further evaluations, in place of those of earlier versions, and their time."""
    evaluations = list(dict.fromkeys([*earlier.config.get(EVALUATION, []), *names]))
    kept = {name: value for name, value in earlier.metrics.items() if evaluation_of(name) not in names}
    known = earlier.evaluation_seconds  # 0 in old records, whose total stays unknown
    changes = {
        "config": earlier.config | {EVALUATION: evaluations},
        "metrics": kept | metrics,
        "evaluation_versions": earlier.evaluation_versions | versions_of(names),
        "evaluation_seconds": known + seconds if known else 0.0,
    }
    return earlier.model_copy(update=changes)


def _device(trained_on: str, turn: int) -> torch.device:
    """A GPU for a run that was trained on one, since its last digits differ from a CPU's; the CPU if there is none."""
    gpus = 0 if trained_on.startswith("cpu") else torch.cuda.device_count()
    return torch.device("cuda", turn % gpus) if gpus else torch.device("cpu")
