"""`narrows bench fleet`: the time that fleets save, per training step, per study, and for studies of growing size."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

import torch
from torch import Tensor, nn

from narrows.bench.alternate import alternate, write_table
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

MEMBERS = {"cpu": 16, "cuda": 256}  # enough to keep a core or a GPU busy
PART = 10  # only a tenth of an epoch's matrix products is computed, since all take the same time
FLEET, PLAIN, PRODUCTS = "fleet", "plain loop", "matrix products alone"
TARGETS = {"cpu": f"≤ 0.75, ≤ 1.7 × {PRODUCTS}", "cuda": "≤ 0.01"}


def bench(config: Config, rounds: int, out: Path) -> None:
    """Time epochs of `config` on its device, and on a CPU also the wall time of whole studies."""
    if config.trainer.accelerator == "cpu":
        steps(config, rounds, out, torch.device("cpu"))
        study(out.with_stem(f"{out.stem}_study"))
        growth(out.with_stem(f"{out.stem}_growth"))
    elif torch.cuda.is_available():
        steps(config, rounds, out, torch.device("cuda"))
    else:
        raise UserError("device=cuda: there is no GPU here; choose device=cpu")


def steps(config: Config, rounds: int, out: Path, device: torch.device) -> None:
    """Time an epoch of a fleet and of a plain loop, both with validation, and the matrix products that both need."""
    torch.set_num_threads(1)
    keep_freed_memory()
    splits = Splits(*(images.to(device) for images in splits_of(config.data)))
    endless = config.model_copy(update={"trainer": config.trainer.model_copy(update={"max_epochs": 1000})})
    members = [Member(endless.model_copy(update={"seed": seed}), splits) for seed in range(MEMBERS[device.type])]
    epochs = Fleet(members, splits).epochs()
    programs: dict[str, Callable[[], float]] = {
        FLEET: partial(_epoch, epochs, len(members)),
        PLAIN: partial(plain, config, splits),
        PRODUCTS: partial(_products, members[0].autoencoder, splits, config.data.batch_size, len(members)),
    }
    for program in programs.values():
        program()
    title = f"784-128-64-12-3 on MNIST, per model and epoch, a fleet of {len(members)} on {device_name(device)}"
    times = alternate(programs, rounds, CLOCKS[device.type])
    write_table(title, times, PLAIN, {FLEET: TARGETS[device.type]}, out)


def _synchronised() -> float:
    torch.cuda.synchronize()
    return perf_counter()


#: CPU seconds on a CPU, which other programs share; on a GPU wall seconds until it has finished.
CLOCKS = {"cpu": process_time, "cuda": _synchronised}


def _epoch(epochs: Iterator[list[Member]], members: int) -> int:
    """Train all members for one epoch; returns the number of epochs, counted per model."""
    next(epochs)
    return members


def _products(autoencoder: Autoencoder, splits: Splits, batch_size: int, members: int) -> float:
    """Compute only the matrix products of all members' training steps; returns the number of epochs, per model."""
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
