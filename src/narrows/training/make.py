"""Makes the untrained module and the callbacks that a config describes."""

from functools import partial
from math import ceil
from typing import assert_never

from narrows.build import build, build_held_out, build_optimizer, build_schedule
from narrows.config import slots
from narrows.config.schema import Config
from narrows.data.splits import Splits
from narrows.runs.determinants import RESULTS
from narrows.runs.history import History
from narrows.seeds import generator
from narrows.training.module import AutoencoderModule
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
        held_out=build_held_out(config),
        make_optimizer=partial(build_optimizer, optimizer=config.optimizer),
        make_schedule=partial(build_schedule, schedule=config.schedule, steps=steps),
        seed=config.seed,
        card=splits.train.card
        | {"config": config.model_dump(), "shape": list(shape)}
        | {"checksum": config.data.entry.checksum, "results": RESULTS},
    )


def make_pretraining(config: Config, history: History) -> list[Layerwise]:
    """The callbacks that train before the run does; they add their curves to `history`."""
    match config.pretrain:
        case slots.Layerwise():
            return [Layerwise(config.pretrain.epochs, config.seed, history)]
        case slots.NoPretraining():
            return []
        case _:
            assert_never(config.pretrain)
