"""The whole arrow, once: config ─► data ─► model ─► objective ─► training ─► logs + record."""

import shutil
from functools import lru_cache, partial
from importlib.metadata import version
from math import ceil
from pathlib import Path

import lightning as L
import numpy as np
import torch
from torchvision.utils import save_image

from narrows import checkpoint, record, slots
from narrows.config import Config, Data
from narrows.data.datamodule import ImageData, Splits, split
from narrows.data.sources import as_floats, load
from narrows.errors import Interrupted, UserError
from narrows.evaluation.evaluate import scores
from narrows.evaluation.pca import pca_mse
from narrows.evaluation.reconstruction import errors
from narrows.interrupts import interruptible
from narrows.models.autoencoder import Autoencoder
from narrows.models.build import build, build_corruption
from narrows.objectives import OBJECTIVES, Objective
from narrows.paths import BEST, LAST
from narrows.provenance import processor
from narrows.record import Record
from narrows.seeds import generator
from narrows.training.fit import fit
from narrows.training.generated import generated
from narrows.training.history import History
from narrows.training.logs import log_end, make_logger
from narrows.training.module import AutoencoderModule
from narrows.training.optimizers import make_optimizer, make_schedule
from narrows.training.pictures import COUNT, reconstructions
from narrows.training.pretraining import Layerwise


def run(config: Config, folder: Path) -> Record:
    """Train, evaluate and record one autoencoder in `folder`, which is made if need be.

    Returns the record, which is also written there. An interruption or a failure is recorded as such and goes on as
    the exception it was: Interrupted, Diverged or any other. A UserError leaves no record.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not config.run.resume and (folder / record.NAME).is_file():
        record.set_aside(folder)
    result, history = record.begin(config), History(config.objective.kl_warmup)
    with interruptible():
        try:
            _fill(result, config, folder, history)
            result.status = "done"
        except UserError:
            _withdraw(folder)
            raise
        except Interrupted:
            result.status = "interrupted"
            raise
        except Exception as error:
            result.status, result.error = "failed", " ".join(str(error).split()) or type(error).__name__
            raise
        finally:
            if result.status:
                _add_history(result, history)
                record.write(result, folder)
    return result


def _withdraw(folder: Path) -> None:
    """Leave no folder of a run that could not begin, unless there is something in it beside Hydra's notes."""
    if {path.name for path in folder.iterdir()} <= {".hydra"}:
        shutil.rmtree(folder)


def _fill(result: Record, config: Config, folder: Path, history: History) -> None:
    """Train and evaluate, noting down in `result` what is learned on the way."""
    torch.set_num_threads(config.trainer.threads)
    data = ImageData(_splits(config.data), config.data.batch_size, config.seed)
    module = make_module(config, data.splits)
    result.parameters = sum(parameter.numel() for parameter in module.autoencoder.parameters())
    resume = config.run.resume and (folder / LAST).is_file()
    if resume:
        _refuse_another(config, folder / LAST)
    logger = make_logger(config.logger.name, folder)
    pretraining = make_pretraining(config, history)
    trainer = fit(module, data, history, config.trainer, logger, folder, resume, pretraining)
    result.device = _device(trainer.strategy.root_device)
    best = checkpoint.load(folder / BEST)  # in float32, whatever it was trained in
    result.metrics = _metrics(best, config, data.splits) | _test_loss(trainer, module, best, data)
    images = as_floats(data.splits.test.pixels[:COUNT])
    picture = reconstructions(best, images)
    save_image(picture, folder / "reconstructions.png")
    if logger:
        pictures = {"reconstructions": picture} | generated(best, images)
        log_end(logger, pictures, config.flat(), result.metrics, history.epochs)


def _splits(data: Data) -> Splits:
    return split(load(data.name, data.root), data.val_size, data.train_size, data.classes)


def _device(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"{device.type} ({processor()})"


def _test_loss(trainer: L.Trainer, module: AutoencoderModule, best: Autoencoder, data: ImageData) -> dict[str, float]:
    """The objective on the test images, through the step that trained: the one time that they are scored."""
    module.autoencoder.load_state_dict(best.state_dict())
    trainer.test(module, data, verbose=False)
    return {"test/loss": float(trainer.callback_metrics["test/loss"])}


def make_module(config: Config, splits: Splits) -> AutoencoderModule:
    """The untrained module that `config` describes, its weights drawn from the seed."""
    _, channels, height, width = splits.train.pixels.shape
    shape = (channels, height, width)
    steps = config.trainer.max_epochs * ceil(len(splits.train) / config.data.batch_size)
    return AutoencoderModule(
        autoencoder=build(config.model, config.code, shape, generator(config.seed, "weights")),
        objective=make_objective(config.objective),
        corruption=build_corruption(config.corruption),
        make_optimizer=partial(make_optimizer, optimizer=config.optimizer),
        make_schedule=partial(make_schedule, name=config.schedule.name, steps=steps),
        seed=config.seed,
        card={"config": config.model_dump(), "shape": list(shape)} | _made_from(config),
    )


def _made_from(config: Config) -> dict[str, str]:
    """What else two halves of one run have in common."""
    return {"checksum": config.data.entry.checksum, "version": version("narrows")}


def make_objective(objective: slots.Objective) -> Objective:
    """The loss per image that the config's section describes."""
    return Objective(OBJECTIVES[objective.name], objective.weights.model_dump(), objective.kl_warmup)


def make_pretraining(config: Config, history: History) -> list[L.Callback]:
    """What trains before the run does, its curves to go into `history`."""
    match config.pretrain:
        case slots.Layerwise():
            return [Layerwise(config.pretrain.epochs, config.seed, history)]
        case slots.NoPretraining():
            return []


def can_continue(config: Config, folder: Path) -> bool:
    """Whether the folder holds a checkpoint of this very run."""
    try:
        _refuse_another(config, folder / LAST)
    except UserError:
        return False
    return True


def _refuse_another(config: Config, path: Path) -> None:
    """Only the same run can be continued; more epochs are the same run as long as no schedule was cut to fit them."""
    content = checkpoint.read(path)
    card, trained = content[checkpoint.CARD], content["epoch"] + 1
    made = _made_from(config)
    theirs = Config.parse(card["config"]).flat() | {key: card.get(key, "unknown") for key in made}
    for key, value in (config.flat() | made).items():
        longer = config.schedule.name == "constant" and config.trainer.max_epochs >= trained
        if theirs.get(key) != value and not (key == "trainer.max_epochs" and longer):
            raise UserError(f"run.resume=true: {path} was trained with {key}={theirs.get(key)}, not {value}")


def _metrics(best: Autoencoder, config: Config, splits: Splits) -> dict[str, float]:
    """The errors of each split and what was asked of the test one, where its images are; PCA's with as many numbers."""
    best.to(splits.test.pixels.device)
    found = {"train/mse": errors(best, splits.train.pixels)["mse"]}
    if len(splits.val):
        found["val/mse"] = errors(best, splits.val.pixels)["mse"]
    found |= scores(config.evaluation, best, config.corruption, config.objective.name, splits)
    pca = _pca_mse(config.data)
    return found | {"pca/mse": float(pca[min(config.model.bottleneck, len(pca) - 1)])}


@lru_cache  # the runs of a study share it: 2.5 s for 60,000 images
def _pca_mse(data: Data) -> np.ndarray:
    splits = _splits(data)
    return pca_mse(splits.train.pixels, splits.test.pixels)


def _add_history(result: Record, history: History) -> None:
    result.curves, result.epochs = history.pretraining | history.curves, history.epochs
    result.seconds = sum(history.curves["seconds"])
    if history.epochs:
        result.best_epoch = history.best_epoch
