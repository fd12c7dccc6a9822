"""One run from config to record: config ─► data ─► model ─► objective ─► training ─► logs + record."""

import shutil
from pathlib import Path

import torch

from narrows.board.board import make_board
from narrows.conclude import conclude
from narrows.config.schema import Config
from narrows.data.splits import splits_of
from narrows.errors import UserError
from narrows.runs import life_cycle
from narrows.runs.history import History
from narrows.runs.interrupts import interruptible
from narrows.runs.provenance import device_name
from narrows.runs.record import Record
from narrows.runs.resume import refuse_another_run
from narrows.runs.run_folder import LAST
from narrows.training.datamodule import ImageData
from narrows.training.fit import fit
from narrows.training.make import make_module, make_pretraining


def run(config: Config, folder: Path) -> Record:
    """Train, evaluate and record one autoencoder in `folder`, which is created if necessary.

    Returns the record, which is also written there. After an interruption or a failure the record says so and the
    exception is raised: Interrupted, Diverged or any other. A UserError leaves no record.
    """
    record, history = life_cycle.begin(config, folder, config.run.resume), History(config.objective.kl_warmup)
    try:
        with interruptible(), life_cycle.recorded(record, history, folder, lambda error: isinstance(error, UserError)):
            _train(config, folder, record, history)
    except UserError:
        _remove_empty(folder)
        raise
    return record


def _train(config: Config, folder: Path, record: Record, history: History) -> None:
    """Train and evaluate. `record` and `history` are filled step by step, so that a run that ends early has them."""
    torch.set_num_threads(config.trainer.threads)
    data = ImageData(splits_of(config.data), config.data.batch_size, config.seed)
    module = make_module(config, data.splits)
    record.parameters = module.autoencoder.size
    resume = config.run.resume and (folder / LAST).is_file()
    if resume:
        refuse_another_run(config, folder)
    board = make_board(folder, config, data.splits)
    trainer = fit(module, data, history, config.trainer, board, folder, resume, make_pretraining(config, history))
    record.device = device_name(trainer.strategy.root_device)
    with life_cycle.evaluated(record):
        record.metrics = conclude(config, data.splits, history, board, folder)


def _remove_empty(folder: Path) -> None:
    """Remove the folder of a run that could not begin, unless it contains more than Hydra's `.hydra`."""
    if {path.name for path in folder.iterdir()} <= {".hydra"}:
        shutil.rmtree(folder)
