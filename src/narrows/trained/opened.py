"""Opens what a run has left."""

from pathlib import Path

from narrows.errors import UserError
from narrows.paths import expanded
from narrows.runs import checkpoint, record, study
from narrows.trained.trained_autoencoder import TrainedAutoencoder


def open_run(path: str | Path, device: str = "cpu") -> TrainedAutoencoder:
    """The trained autoencoder of a run's folder or of a checkpoint, with the record that lies beside it.

    Computes on `device`, a name that torch knows. Raises UserError for a path without a checkpoint of narrows.
    """
    path = expanded(path, "path")
    if (path / study.NAME).is_file():
        raise UserError(f"{path}: holds a study; narrows.study opens it, and its folders hold the runs")
    file = checkpoint.best_of(path)
    content = checkpoint.read(file)
    try:
        beside = record.read(file.parent)
    except ValueError:
        raise UserError(f"{file.parent / record.NAME}: damaged") from None
    try:
        return TrainedAutoencoder(content, beside, device)
    except (KeyError, TypeError, ValueError, RuntimeError):
        checkpoint.load(file)  # says what is wrong with the checkpoint
        raise
