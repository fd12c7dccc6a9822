"""The same runs trained in a fleet, and one by one in a plain PyTorch loop, for comparison."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

import pytest
import torch
from torch import Tensor

from narrows.build import build, build_corruption, build_objective, build_optimizer, build_schedule
from narrows.config.schema import Config
from narrows.data.sources import as_floats
from narrows.data.splits import Splits, splits_of
from narrows.fleet.fleet import Fleet
from narrows.fleet.member import Member
from narrows.models.autoencoder import Autoencoder
from narrows.noise import counter_noise
from narrows.runs.history import History
from narrows.seeds import generator
from narrows.training.trainable import make_stages, make_trainable


def most(configs: list[Config]) -> Splits:
    """The splits of the config with most training images."""
    return splits_of(max(configs, key=lambda config: config.data.train_size or 10**9).data)


@contextmanager
def drawing(by_counter: bool = True) -> Iterator[None]:
    """Runs that are made inside draw their noise as on a GPU, by counter, or as on a CPU."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counter_noise, "draws_by_counter", lambda device: by_counter)
        yield


def stacked(configs: list[Config]) -> Fleet:
    """The fleet of these configs as it computes and draws on a GPU."""
    splits = most(configs)
    with drawing(by_counter=True):
        return Fleet([Member(config, splits) for config in configs], splits, exact=False)


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
    splits = splits_of(config.data)
    autoencoder = pretrained(config, splits)
    dtype = torch.float64 if config.trainer.precision == "64-true" else torch.float32
    torch.set_default_dtype(dtype)  # of the noise, too
    try:
        with drawing(by_counter):
            train(autoencoder.to(dtype).train(), config, splits)
    finally:
        torch.set_default_dtype(torch.float32)
    return autoencoder.state_dict()


def pretrained(config: Config, splits: Splits) -> Autoencoder:
    """The autoencoder before training. Layerwise pretraining is not compared: a fleet runs the same code."""
    history = History()
    stages = make_stages(config, history)
    if not stages:
        return build(config.model, config.code, (1, 28, 28), generator(config.seed, "weights"))
    module = make_trainable(config, splits)
    for stage in stages:
        stage.pretrain(module, splits.train.pixels, config.data.batch_size)
    return module.autoencoder


def train(autoencoder: Autoencoder, config: Config, splits: Splits) -> None:
    corruption, objective = build_corruption(config.corruption), build_objective(config.objective)
    optimizer = build_optimizer(autoencoder.parameters(), config.optimizer)
    per_epoch = ceil(len(splits.train) / config.data.batch_size)
    schedule = build_schedule(optimizer, config.schedule, config.trainer.max_epochs * per_epoch)
    noise = counter_noise.run_noise(config.seed)
    for epoch in range(config.trainer.max_epochs):
        order = torch.randperm(len(splits.train), generator=generator(config.seed, "order", epoch))
        for rows in order.split(config.data.batch_size):
            images = as_floats(splits.train.pixels[rows]).to(torch.get_default_dtype())
            counter_noise.begin_step(noise)
            output = autoencoder(corruption(images, noise), noise)
            loss = objective(autoencoder, output, images, epoch, noise).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


def distance(state: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    """The largest difference between two numbers of two states; infinite if one is NaN or infinite."""
    assert state.keys() == other.keys()
    differences = torch.stack([(state[name] - other[name]).abs().max().double() for name in state])
    return float(differences.nan_to_num(torch.inf).max())


def farthest(configs: list[Config], exact: bool | None = None) -> float:
    """The largest difference of a weight between members of a fleet and the loop that trains each alone."""
    members = together(configs, exact)
    return max(distance(member.autoencoder.state_dict(), loop(member.config, exact is False)) for member in members)


def of_width(config: Config, bottleneck: int) -> Config:
    return config.model_copy(update={"model": config.model.model_copy(update={"bottleneck": bottleneck})})
