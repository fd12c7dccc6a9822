"""The same runs trained in a fleet, and one by one in a plain PyTorch loop, for comparison."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor

from narrows.bench import plain_loop
from narrows.config.schema import Config
from narrows.data.labelled import splits_for
from narrows.data.splits import Splits
from narrows.fleet.fleet import Fleet
from narrows.fleet.member import Member
from narrows.models.autoencoder import Autoencoder
from narrows.noise import counter_noise
from narrows.runs.history import History
from narrows.training.denormals import flushed
from narrows.training.precision import dtype_of
from narrows.training.trainable import make_stages, make_trainable


def most(configs: list[Config]) -> Splits:
    """The splits of the config with most training images."""
    return splits_for(max(configs, key=lambda config: config.data.train_size or 10**9))


@contextmanager
def drawing(by_counter: bool = True) -> Iterator[None]:
    """Runs that are made inside draw their noise as on a GPU, by counter, or as on a CPU."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counter_noise, "draws_by_counter", lambda device: by_counter)
        yield


def stacked(configs: list[Config]) -> Fleet:
    """The fleet of these configs as it computes and draws on a GPU."""
    return plain_loop.stacked(configs, most(configs))


def together(configs: list[Config], exact: bool | None = None, by_counter: bool | None = None) -> list[Member]:
    """Members after their training in one fleet; if not `exact`, they draw by counter."""
    splits = most(configs)
    with drawing(exact is False if by_counter is None else by_counter):
        members = [Member(config, splits) for config in configs]
    for member in members:
        member.pretrain()
    for _ in Fleet(members, splits, exact).epochs():
        pass
    return members


def loop(config: Config, by_counter: bool = False) -> dict[str, Tensor]:
    """The final weights of a run trained by a plain PyTorch loop, independent of the code of fleets."""
    splits, dtype = splits_for(config), dtype_of(config.trainer.precision)
    autoencoder = pretrained(config, splits).to(dtype)
    torch.set_default_dtype(dtype)  # of the noise, too
    try:
        with drawing(by_counter), flushed():  # as every run trains
            return plain_loop.train(autoencoder, config, splits, counter_noise.run_noise(config.seed))
    finally:
        torch.set_default_dtype(torch.float32)


def pretrained(config: Config, splits: Splits) -> Autoencoder:
    """The autoencoder before training. Layerwise pretraining is not compared: a fleet runs the same code."""
    history = History()
    stages = make_stages(config, history)
    if not stages:
        return plain_loop.initial(config, splits)
    module = make_trainable(config, splits)
    for stage in stages:
        stage.pretrain(module, splits.train.pixels, config.data.batch_size)
    return module.autoencoder


def distance(state: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    """The largest difference between two numbers of two states; infinite if one is NaN or infinite."""
    assert state.keys() == other.keys()
    differences = torch.stack([(state[name] - other[name]).abs().max().double() for name in state])
    return float(differences.nan_to_num(torch.inf).max())


def farthest(configs: list[Config], exact: bool | None = None) -> float:
    """The largest difference of a weight between members of a fleet and the loop that trains each alone."""
    members = together(configs, exact)
    return max(distance(member.autoencoder.state_dict(), loop(member.config, exact is False)) for member in members)
