"""What a config trains, without Lightning: the module, and the stages of its pretraining."""

from collections.abc import Callable, Iterable
from functools import partial
from math import ceil
from typing import Any, assert_never

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from narrows.build import build_autoencoder
from narrows.build_objective import build_held_out
from narrows.build_optimizer import build_optimizer, build_schedule
from narrows.config import slots
from narrows.config.schema import Config
from narrows.data.binarise import drawn
from narrows.data.splits import Splits
from narrows.models.autoencoder import Autoencoder
from narrows.objective.held_out import HeldOut
from narrows.runs.determinants import RESULTS
from narrows.runs.history import History
from narrows.seeds import Noise, generator
from narrows.training.averages import average_after_steps
from narrows.training.precision import dtype_of
from narrows.training.pretraining import Layerwise


class Trainable(nn.Module):
    """An autoencoder with the loss of images held out, whose objective and corruption are also those of training.

    `make_optimizer` is called with the parameters, `make_schedule` with the optimiser. `clip` is the largest norm of
    all gradients of a step, None for any. `card` is saved in every checkpoint. `binarises`: training images are grey,
    and drawn as 0 or 1 in each step.
    """

    def __init__(
        self,
        autoencoder: Autoencoder,
        held_out: HeldOut,
        make_optimizer: Callable[[Iterable[nn.Parameter]], Optimizer],
        make_schedule: Callable[[Optimizer], LRScheduler],
        clip: float | None,
        card: dict[str, Any],
        binarises: bool = False,
    ) -> None:
        super().__init__()
        self.autoencoder, self.held_out = autoencoder, held_out
        self.objective, self.corruption = held_out.objective, held_out.corruption
        self.make_optimizer, self.make_schedule = make_optimizer, make_schedule
        self.clip, self.card, self.binarises = clip, card, binarises

    def target(self, images: Tensor, noise: Noise) -> Tensor:
        """What training reconstructs, and corrupts for its input: the images, binarised if it `binarises`."""
        return drawn(images, noise) if self.binarises else images


def make_trainable(config: Config, splits: Splits) -> Trainable:
    """The untrained module, its weights drawn from the seed."""
    epoch = ceil(len(splits.train) / config.data.batch_size)
    autoencoder = build_autoencoder(config, generator(config.seed, "weights"))
    return Trainable(
        autoencoder=autoencoder.to(dtype_of(config.trainer.precision)),  # before a checkpoint is loaded into it
        held_out=build_held_out(config),
        make_optimizer=partial(_optimizer, config),
        make_schedule=partial(
            build_schedule, schedule=config.schedule, steps=config.trainer.max_epochs * epoch, epoch=epoch
        ),
        clip=config.optimizer.clip,
        card=splits.train.card
        | {"config": config.model_dump(), "shape": list(autoencoder.shape)}
        | ({"classes": len(config.data.entry.classes)} if autoencoder.conditional else {})
        | {"checksum": config.data.entry.checksum, "results": RESULTS},
        binarises=config.data.binarise == "dynamic",
    )


def _optimizer(config: Config, parameters: Iterable[nn.Parameter]) -> Optimizer:
    optimizer = build_optimizer(parameters, config.optimizer)
    if config.trainer.ema:
        average_after_steps(optimizer, config.trainer.ema)
    return optimizer


def make_stages(config: Config, history: History) -> list[Layerwise]:
    """What trains before the run does; the stages add their curves to `history`."""
    match config.pretrain:
        case slots.Layerwise():
            return [Layerwise(config.pretrain.epochs, config.seed, history)]
        case slots.NoPretraining():
            return []
        case _:
            assert_never(config.pretrain)
