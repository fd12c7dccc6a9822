"""`narrows bench fleet`: what training as fleets saves, per step, per study, and as studies grow."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

import torch
from torch import Tensor, nn

from narrows.bench.alternate import alternate, tell
from narrows.bench.launchers import growth, study
from narrows.bench.malloc import keep_freed_memory
from narrows.bench.run_cost import plain
from narrows.config.schema import Config
from narrows.data.splits import Splits, splits_of
from narrows.errors import UserError
from narrows.fleet.fleet import Fleet
from narrows.fleet.member import Member
from narrows.models.autoencoder import Autoencoder
from narrows.runs.provenance import device_name

MEMBERS = {"cpu": 16, "cuda": 256}  # a few fill a core; a GPU needs many
PART = 10  # only a tenth of an epoch's products is computed, as they are all alike
FLEET, PLAIN, PRODUCTS = "fleet", "plain loop", "matrix products alone"
TARGETS = {"cpu": f"≤ 0.75, ≤ 1.7 × {PRODUCTS}", "cuda": "≤ 0.01"}


def bench(config: Config, rounds: int, out: Path) -> None:
    """Time epochs of `config` on its device, and on a CPU also whole studies by the wall clock."""
    if config.trainer.accelerator == "cpu":
        steps(config, rounds, out, torch.device("cpu"))
        study(out.with_stem(f"{out.stem}_study"))
        growth(out.with_stem(f"{out.stem}_growth"))
    elif torch.cuda.is_available():
        steps(config, rounds, out, torch.device("cuda"))
    else:
        raise UserError("device=cuda: there is no GPU here; choose device=cpu")


def steps(config: Config, rounds: int, out: Path, device: torch.device) -> None:
    """Time an epoch of a fleet and of a plain loop, both with validation, and the products that neither can avoid."""
    torch.set_num_threads(1)
    keep_freed_memory()
    splits = Splits(*(images.to(device) for images in splits_of(config.data)))
    endless = config.model_copy(update={"trainer": config.trainer.model_copy(update={"max_epochs": 1000})})
    members = [Member(endless.model_copy(update={"seed": seed}), splits) for seed in range(MEMBERS[device.type])]
    epochs = Fleet(members, splits).epochs()
    contestants: dict[str, Callable[[], float]] = {
        FLEET: partial(_epoch, epochs, len(members)),
        PLAIN: partial(plain, config, splits),
        PRODUCTS: partial(_products, members[0].autoencoder, splits, config.data.batch_size, len(members)),
    }
    for contestant in contestants.values():
        contestant()
    title = f"784-128-64-12-3 on MNIST, per model and epoch, a fleet of {len(members)} on {device_name(device)}"
    times = alternate(contestants, rounds, CLOCKS[device.type])
    tell(title, times, PLAIN, {FLEET: TARGETS[device.type]}, out)


def _synchronised() -> float:
    torch.cuda.synchronize()
    return perf_counter()


#: CPU seconds, for a CPU is shared with other programs; wall seconds once the GPU has finished.
CLOCKS = {"cpu": process_time, "cuda": _synchronised}


def _epoch(epochs: Iterator[list[Member]], members: int) -> int:
    """Train all members for an epoch; returns how many epochs of one model that is."""
    next(epochs)
    return members


def _products(autoencoder: Autoencoder, splits: Splits, batch_size: int, members: int) -> float:
    """Compute only the matrix products of all members' training steps; returns how many epochs of one model that is."""
    count = len(splits.train) // batch_size // PART
    layers = [layer for layer in autoencoder.modules() if isinstance(layer, nn.Linear)]
    operands = [_operands(layer, batch_size, members) for layer in layers]
    for _ in range(count):
        for number, (x, weight, gradient) in enumerate(operands):
            torch.bmm(x, weight.mT)
            torch.bmm(gradient.mT, x)
            if number:  # the first layer's inputs are images, which need no gradient
                torch.bmm(gradient, weight)
    return members * count * batch_size / len(splits.train)


def _operands(layer: nn.Linear, batch_size: int, members: int) -> list[Tensor]:
    """Random inputs, weights and output gradients of all members' layers, each (M, …)."""
    sizes = (batch_size, layer.in_features), (layer.out_features, layer.in_features), (batch_size, layer.out_features)
    return [torch.randn(members, *size, device=layer.weight.device) for size in sizes]
