"""One run from config to record: config ─► data ─► model ─► objective ─► training ─► logs + record."""

import shutil
from pathlib import Path

from narrows.board.board import make_board
from narrows.conclude import Trained, draw, evaluate
from narrows.config.model_size import refuse_too_large
from narrows.config.schema import Config, Run
from narrows.data.labelled import splits_for
from narrows.errors import UserError
from narrows.paths import remove_created, writable
from narrows.runs import checkpoint, life_cycle
from narrows.runs.finished import finished
from narrows.runs.folder_lock import NAME as LOCK
from narrows.runs.folder_lock import only_writer
from narrows.runs.history import History
from narrows.runs.interrupts import interruptible
from narrows.runs.provenance import device_name
from narrows.runs.record import Record
from narrows.runs.resume import checkpoint_to_continue
from narrows.runs.run_folder import BEST
from narrows.training.datamodule import ImageData
from narrows.training.fit import fit
from narrows.training.make import make_module, make_pretraining, make_resampling
from narrows.training.precision import configure_torch


def run(config: Config, folder: Path) -> Record:
    """Train, evaluate and record one autoencoder in `folder`, which is created if necessary.

    Returns the record, which is also written there; with `run.resume` the one of a run that is done already. After an
    interruption or a failure the record says so and the exception is raised: Interrupted, Diverged or any other. A
    UserError, also of a folder that another process writes into, leaves no record.
    """
    writable(folder, "hydra.run.dir")
    with only_writer(folder):
        return run_in_locked(config, folder)


def run_in_locked(config: Config, folder: Path) -> Record:
    """As `run`, for a caller that has locked the folder."""
    try:
        if config.run.resume and (earlier := finished(config, folder)):
            return earlier
        return _run(config, folder)
    except UserError:
        _remove_empty(folder)
        raise


def _run(config: Config, folder: Path) -> Record:
    refuse_too_large(config)
    history = History(config.objective.kl_warmup)
    with interruptible():
        start = checkpoint_to_continue(config, folder) if config.run.resume else None
        config = config.model_copy(update={"run": Run(resume=False)})  # recorded as the run that was not interrupted
        record = life_cycle.begin(config, folder, resume=start is not None)
        with life_cycle.recorded(record, history, folder, lambda error: isinstance(error, UserError)):
            _train(config, folder, start, record, history)
    return record


def _train(config: Config, folder: Path, start: Path | None, record: Record, history: History) -> None:
    """Train and evaluate. `record` and `history` are filled step by step, so that a run that ends early has them."""
    configure_torch(config.trainer.threads, config.trainer.float32_matmul)
    data = ImageData(splits_for(config), config.data.batch_size, config.seed)
    module = make_module(config, data.splits)
    record.parameters = module.autoencoder.size
    board = make_board(folder, config, data.splits)
    before_epochs = [*make_pretraining(config, history), *make_resampling(config)]
    trainer = fit(module, data, history, config.trainer, board, folder, start, before_epochs)
    record.device = device_name(trainer.strategy.root_device)
    with life_cycle.evaluated(record):
        best = checkpoint.load(folder / BEST).to(data.splits.test.pixels.device)
        trained = Trained.alone(config, data.splits, history, best)
        record.metrics = evaluate(trained)
        draw(trained, record.metrics, board, folder)


def _remove_empty(folder: Path) -> None:
    """Remove the folder of a run that could not begin, unless the user made it or it contains a file of a run."""
    if {path.name for path in folder.iterdir()} <= {".hydra", LOCK}:
        shutil.rmtree(folder / ".hydra", ignore_errors=True)
        (folder / LOCK).unlink(missing_ok=True)
        remove_created(folder)
