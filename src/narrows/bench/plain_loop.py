"""A fleet, and the plain PyTorch loop that it is compared with, on any device."""

from collections.abc import Sequence
from math import ceil

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from narrows.build import build_autoencoder
from narrows.build_objective import build_held_out
from narrows.build_optimizer import build_optimizer, build_schedule
from narrows.config.schema import Config
from narrows.data.binarise import drawn
from narrows.data.sources import as_floats
from narrows.data.splits import Splits
from narrows.fleet.fleet import Fleet
from narrows.fleet.member import Member
from narrows.models.autoencoder import Autoencoder
from narrows.noise.counter_noise import CounterNoise, RunNoise, begin_step
from narrows.seeds import generator
from narrows.training.precision import dtype_of
from narrows.training.resampling import due, resample


def stacked(configs: Sequence[Config], splits: Splits) -> Fleet:
    """The fleet of these configs as it computes and draws on a GPU, also on a CPU."""
    members = [Member(config, splits) for config in configs]
    for member in members:
        member.noise = counter_noise(member.config, splits)
    return Fleet(members, splits, exact=False)


def initial(config: Config, splits: Splits) -> Autoencoder:
    """The untrained autoencoder, on the device of the images."""
    autoencoder = build_autoencoder(config, generator(config.seed, "weights"))
    return autoencoder.to(splits.train.pixels.device, dtype_of(config.trainer.precision))


def counter_noise(config: Config, splits: Splits) -> CounterNoise:
    """What `train` draws from to be as a fleet on a GPU, on any device."""
    return CounterNoise.of_run(config.seed, splits.train.pixels.device)


def train(autoencoder: Autoencoder, config: Config, splits: Splits, noise: RunNoise) -> dict[str, Tensor]:
    """Train it alone, as a fleet does; its weights at the end. Without pretraining and mixed precision."""
    pixels, dtype = splits.train.trained, dtype_of(config.trainer.precision)
    held_out = build_held_out(config)
    corruption, objective = held_out.corruption, held_out.objective
    optimizer = build_optimizer(autoencoder.train().parameters(), config.optimizer)
    steps = ceil(len(pixels) / config.data.batch_size)  # of an epoch
    schedule = build_schedule(optimizer, config.schedule, config.trainer.max_epochs * steps, steps)
    for epoch in range(config.trainer.max_epochs):
        if due(config, epoch):
            resample(autoencoder, optimizer.state_dict(), pixels, config.seed, epoch)
        order = torch.randperm(len(pixels), generator=generator(config.seed, "order", epoch)).to(pixels.device)
        for rows in order.split(config.data.batch_size):
            images = as_floats(pixels[rows]).to(dtype)
            begin_step(noise)
            if config.data.binarise == "dynamic":
                images = drawn(images, noise)
            output = autoencoder(corruption(images, noise), noise, objective.draws)
            loss = objective(autoencoder, output, images, epoch, noise).mean()
            optimizer.zero_grad()
            loss.backward()
            if config.optimizer.clip:
                clip_grad_norm_(autoencoder.parameters(), config.optimizer.clip)
            optimizer.step()
            schedule.step()
    return autoencoder.state_dict()
