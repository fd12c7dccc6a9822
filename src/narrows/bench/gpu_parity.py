"""Every kind as a fleet against plain loops, on the same device: whether it trains, and how far its weights are."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import inf
from time import perf_counter
from traceback import format_exc
from typing import Any

import numpy as np
import torch
from joblib import Parallel, cpu_count, delayed
from torch import Tensor

from narrows.bench import plain_loop
from narrows.bench.choices import combined, of_one_program, precisions, single, small
from narrows.config.schema import Config
from narrows.data.labelled import splits_for
from narrows.data.splits import Splits
from narrows.training.precision import computing, configure_torch

#: Four steps an epoch, the last one smaller, so the graph of every step is captured in the fourth epoch at the latest.
#: Few, since training amplifies rounding: a float64's by 10⁷ in 60 steps with batch norm, by 10³ in these 24.
RUN = ("data.train_size=112", "data.batch_size=32", "data.val_size=300", "trainer.max_epochs=6")
MEMBERS = [(0, 2, 1e-3), (1, 5, 3e-3)]  # seed, bottleneck, learning rate
DOUBLE = 1e-9  # relative to the largest weight of a tensor: a stack adds in another order
#: Codes that choose, an integer, an entry, the largest numbers: a last digit changes what is chosen, by any amount. In
#: float32 these must only train.
CHOOSE = ("quantised", "topk", "jumprelu", "gated")
#: In float32 at most so many times the difference that a run alone shows when it is repeated with other kernels and
#: weights that begin in another last digit; or this share of the largest weight.
TIMES, LEAST = 10.0, 1e-5
ROUNDING = 2.0**-23
#: Of every kind but the default: a last digit that turns a rectifier on makes a gradient jump, and in float32 weights
#: then differ by a quarter of the largest.
SMOOTH = "model.activation=gelu"
CHANNELS = [4, 6]  # of convolutions; with the default's 16 and 32 residual blocks take several times as long
PROCESSES = 12  # each takes about 1 GB of a GPU's memory

Row = dict[str, Any]


def kinds(device: torch.device) -> list[tuple[str, ...]]:
    """The default, then every choice of the schema; on a CPU some of them, as a trial."""
    every = [(), *map(_smooth, dict.fromkeys([*single(), *combined()]))]
    return every if device.type == "cuda" else every[::12]


def _smooth(kind: tuple[str, ...]) -> tuple[str, ...]:
    """The kind with a smooth activation, if it has one."""
    return kind if "model=linear" in kind else (*kind, SMOOTH)


def parity(device: torch.device) -> list[Row]:
    """A row for each kind in float64 and in float32, and for some in mixed precision, which has no plain loop."""
    mixed = [precision for precision in precisions() if precision not in ("32-true", "64-true")]
    slowest_first = sorted(kinds(device), key=lambda kind: "conv" not in " ".join(kind))
    tasks = [(kind, precision) for kind in slowest_first for precision in ("64-true", "32-true")]
    tasks += [(kind, precision) for kind in kinds(device)[::3] for precision in mixed]
    rows = []
    for row in Parallel(_processes(device), return_as="generator")(delayed(_row)(*task, device) for task in tasks):
        print("OK  " if row["ok"] else "FAIL", row["precision"], row["kind"], row.get("difference", ""), flush=True)
        rows.append(row)
    return rows


def _processes(device: torch.device) -> int:
    """So small a fleet is bound by Python: several processes share a GPU. On a CPU they would share its cores."""
    return max(1, min(PROCESSES, cpu_count() - 1)) if device.type == "cuda" else 1


def _row(kind: Sequence[str], precision: str, device: torch.device) -> Row:
    began = perf_counter()
    row: Row = {"kind": " ".join(kind) or "default", "precision": precision}
    try:
        row |= _measured(_configs(kind, precision), device)
    except Exception:  # an error of one kind must not hide the others
        row |= {"ok": False, "error": format_exc()}
    row["seconds"] = round(perf_counter() - began, 2)
    return row


def _configs(kind: Sequence[str], precision: str) -> list[Config]:
    values = small(*RUN, f"trainer.precision={precision}", *kind).model_dump()
    if "channels" in values["model"]:
        values["model"]["channels"] = CHANNELS
    configs = [
        Config.parse(
            values
            | {"seed": seed}
            | {"model": values["model"] | {"bottleneck": bottleneck}}
            | {"optimizer": values["optimizer"] | {"lr": lr}}
        )
        for seed, bottleneck, lr in MEMBERS
    ]
    return of_one_program(configs)


def _measured(configs: Sequence[Config], device: torch.device) -> Row:
    """How far the members' weights are from the plain loop's; in float32 also how far those are, repeated."""
    configure_torch(1, "highest")
    splits = Splits(*(images.to(device) for images in splits_for(configs[0])))
    fleet = plain_loop.stacked(configs, splits)
    members = list(fleet.members)
    for _ in fleet.epochs():
        pass
    if errors := [member.error for member in members if member.error]:
        return {"ok": False, "error": errors[0]}
    precision = configs[0].trainer.precision
    if precision not in ("32-true", "64-true") or configs[0].pretrain.name != "none":
        return {"ok": True}
    alone = [_alone(member.config, splits) for member in members]
    difference = largest(map(relative_difference, [member.autoencoder.state_dict() for member in members], alone))
    if precision == "64-true":
        return {"ok": difference < DOUBLE, "difference": difference}
    with other_kernels(device):
        again = [_alone(member.config, splits, ROUNDING) for member in members]
    repeated = largest(map(relative_difference, again, alone))
    chooses = any(name in configs[0].code.name for name in CHOOSE)
    limit = inf if chooses else max(LEAST, TIMES * repeated)
    return {"ok": difference < limit, "difference": difference, "repeated_alone": repeated}


def _alone(config: Config, splits: Splits, rounding: float = 0.0) -> dict[str, Tensor]:
    """The weights at the end of the plain loop, begun with weights that differ by this share of each."""
    autoencoder = plain_loop.initial(config, splits)
    with torch.no_grad():
        for parameter in autoencoder.parameters():
            parameter.mul_(1 + rounding)
    with computing(config.trainer.precision, splits.train.pixels.device):
        return plain_loop.train(autoencoder, config, splits, plain_loop.counter_noise(config, splits))


def relative_difference(state: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    """The largest difference of a weight, relative to the largest weight of its tensor."""
    return largest(
        float((state[name] - value).abs().max() / (value.abs().max() + 1e-12))
        for name, value in other.items()
        if value.is_floating_point()
    )


def largest(differences: Iterable[float]) -> float:
    """The largest difference; NaN if one is, which Python's `max` passes over."""
    return float(np.max(list(differences)))


@contextmanager
def other_kernels(device: torch.device) -> Iterator[None]:
    """Context in which a GPU takes other kernels for products and convolutions, of the same precision."""
    if device.type == "cpu":
        yield
        return
    before = torch.backends.cuda.preferred_blas_library()
    torch.backends.cuda.preferred_blas_library("cublaslt")
    try:
        with torch.backends.cudnn.flags(enabled=False, allow_tf32=False):
            yield
    finally:
        torch.backends.cuda.preferred_blas_library(before)
