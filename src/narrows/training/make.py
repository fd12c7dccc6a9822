"""From a config to the untrained module that it describes."""

from functools import partial
from math import ceil

from narrows.build import build, build_corruption
from narrows.config import slots
from narrows.config.schema import Config
from narrows.data.datamodule import Splits
from narrows.objective.objective import OBJECTIVES, Objective
from narrows.runs.determinants import RESULTS
from narrows.runs.history import History
from narrows.seeds import generator
from narrows.training.module import AutoencoderModule
from narrows.training.optimizers import make_optimizer, make_schedule
from narrows.training.precision import dtype_of
from narrows.training.pretraining import Layerwise


def make_module(config: Config, splits: Splits) -> AutoencoderModule:
    """The untrained module, its weights drawn from the seed."""
    _, channels, height, width = splits.train.pixels.shape
    shape = (channels, height, width)
    steps = config.trainer.max_epochs * ceil(len(splits.train) / config.data.batch_size)
    autoencoder = build(config.model, config.code, shape, generator(config.seed, "weights"))
    return AutoencoderModule(
        autoencoder=autoencoder.to(dtype_of(config.trainer.precision)),  # before Lightning loads a checkpoint into it
        objective=make_objective(config.objective),
        corruption=build_corruption(config.corruption),
        make_optimizer=partial(make_optimizer, optimizer=config.optimizer),
        make_schedule=partial(make_schedule, name=config.schedule.name, steps=steps),
        seed=config.seed,
        card=splits.train.card
        | {"config": config.model_dump(), "shape": list(shape)}
        | {"checksum": config.data.entry.checksum, "results": RESULTS},
    )


def make_objective(objective: slots.Objective) -> Objective:
    """The loss per image that the config's section describes, without the terms whose weight is 0."""
    weights = {name: weight for name, weight in objective.weights.model_dump().items() if weight}
    settings = {name: section for name, section in objective.model_dump().items() if name in weights}
    return Objective(OBJECTIVES[objective.name], weights, objective.kl_warmup, settings)


def make_pretraining(config: Config, history: History) -> list[Layerwise]:
    """What trains before the run does, its curves to go into `history`."""
    match config.pretrain:
        case slots.Layerwise():
            return [Layerwise(config.pretrain.epochs, config.seed, history)]
        case slots.NoPretraining():
            return []
