"""The time of a fleet's steps on a GPU, and models per second against a plain loop there."""

from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter
from typing import Any

import torch

from narrows.bench import plain_loop
from narrows.bench.choices import small
from narrows.config.schema import Config
from narrows.data.splits import Splits, splits_of
from narrows.fleet.gpu.replay import WARM_UP, Programs
from narrows.training.precision import configure_torch

MIXED = "mixed bottlenecks"
#: Kinds that the benchmark trains, by name.
KINDS = {
    "default": (),
    MIXED: (),
    "variational": ("code=variational", "objective=bce"),
    "denoising": ("corruption=gaussian",),
    "conv": ("model=conv",),
}
SIZES = {"cuda": (256, 4, 4000), "cpu": (2, 2, 300)}  # members, epochs that are timed, images of an epoch
FIRST = 4  # epochs before the timing, in which the graphs are captured
BOTTLENECKS = (2, 3, 8, 16)


def speed(device: torch.device) -> list[dict[str, Any]]:
    """A row for each kind, in full precision and in TF32."""
    return [_row(name, precision, device) for name in KINDS for precision in ("highest", "high")]


def _row(name: str, precision: str, device: torch.device) -> dict[str, Any]:
    members, epochs, images = SIZES[device.type]
    config = small(f"data.train_size={images}", *KINDS[name])
    configure_torch(1, precision)
    splits = Splits(*(part.to(device) for part in splits_of(config.data)))
    fleet = _configs(config, members, FIRST + epochs + 1, name == MIXED)  # does not end within the timing
    seconds = _timed(partial(_epochs, fleet, splits), epochs, device)
    alone = _seconds_alone(_configs(config, 1, 1, False)[0], splits, device)
    steps = -(-len(splits.train) // config.data.batch_size)
    row = {"kind": name, "float32_matmul": precision, "members": members, "step_ms": 1000 * seconds / steps}
    row |= {"models_per_second": members / seconds, "times_plain_loop": members * alone / seconds}
    print(row, flush=True)
    return row


def _configs(config: Config, count: int, epochs: int, mixed: bool) -> list[Config]:
    """As many runs of one kind, which differ in their seeds and, if `mixed`, in their bottlenecks."""
    values = config.model_dump()
    widths = BOTTLENECKS if mixed else (config.model.bottleneck,)
    return [
        Config.parse(
            values
            | {"seed": seed, "trainer": values["trainer"] | {"max_epochs": epochs}}
            | {"model": values["model"] | {"bottleneck": widths[seed % len(widths)]}}
        )
        for seed in range(count)
    ]


def _epochs(configs: list[Config], splits: Splits) -> Iterator[object]:
    """One step of the iterator trains and validates an epoch, after those in which graphs are captured."""
    epochs = plain_loop.stacked(configs, splits).epochs()
    for _ in range(FIRST):
        next(epochs)
    return epochs


def _timed(begin: Callable[[], Iterator[object]], epochs: int, device: torch.device) -> float:
    """Seconds of an epoch."""
    iterator = begin()
    began = now(device)
    for _ in range(epochs):
        next(iterator)
    return (now(device) - began) / epochs


def _seconds_alone(config: Config, splits: Splits, device: torch.device) -> float:
    """Seconds of an epoch of the plain loop, the second of two."""
    autoencoder, noise = plain_loop.initial(config, splits), plain_loop.counter_noise(config, splits)
    plain_loop.train(autoencoder, config, splits, noise)
    began = now(device)
    plain_loop.train(autoencoder, config, splits, noise)
    return now(device) - began


def now(device: torch.device) -> float:
    """The time once the device has finished."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return perf_counter()


def seconds_replayed(function: Callable[[], object], calls: int, device: torch.device) -> float:
    """Seconds of one call, on a GPU captured in a graph like the steps of a fleet.

    Launched from Python one by one, short kernels would wait for Python.
    """

    def program() -> None:
        function()

    replayed = Programs(device)(program)
    for _ in range(WARM_UP + 1):
        replayed()
    began = now(device)
    for _ in range(calls):
        replayed()
    return (now(device) - began) / calls
