"""Made-up studies of every shape that figures must show: one cell, many seeds, nested numbers, long names, decades."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from narrows.runs import record
from narrows.stats import grid as grids
from narrows.stats.grid import Grid
from support.made_up_study import ACTIVATION, BOTTLENECK, Score, make, noisy

ACTIVATIONS = [
    *("relu", "leaky_relu", "elu", "selu", "gelu", "gelu_tanh", "silu"),
    *("mish", "tanh", "sigmoid", "softplus", "sine", "identity"),
]
NORM, RATE = "model.norm", "optimizer.lr"
NAMES = ["plain", "masking, a quarter of the pixels", "masking, half of the pixels", "gaussian 0.1", "gaussian 0.3"]


def noise(levels: dict) -> float:
    """A draw from the normal distribution, another one in every run."""
    return float(np.random.default_rng([ord(letter) for letter in str(sorted(levels.items()))]).standard_normal())


def change(folder: Path, **fields: object) -> None:
    """Replace fields of study.json."""
    study = json.loads((folder / "study.json").read_text())
    (folder / "study.json").write_text(json.dumps(study | fields))


def nested(folder: Path, axes: dict, score: Score) -> None:
    """A study with `code=plain,sparse`, of which plain runs have no `code.active`, as a sweep collapses them."""
    make(folder, axes, score)
    runs: dict[str, dict] = {}
    for name, levels in json.loads((folder / "study.json").read_text())["runs"].items():
        if levels["code"] == "plain":
            levels.pop("code.active")
        if levels not in runs.values():
            runs[name] = levels
    change(folder, runs=runs)


def with_seconds(folder: Path, axes: dict, score: Score) -> None:
    """A study of the error against the training time, which is 2 / error seconds."""
    make(folder, axes, score)
    for run in folder.glob("run*"):
        result = record.read(run)
        record.write(result.model_copy(update={"seconds": 2 / result.metrics["test/mse"]}), run)
    change(folder, against="run/seconds")


def _peak(levels: dict) -> float:
    """From 1e-4 to 0.1, with the highest error at a rate of 1e-3."""
    return float(10 ** (-1 - 1.5 * abs(np.log10(levels[RATE]) + 3) + 0.1 * noise(levels)))


def _arm(levels: dict) -> float:
    return 0.02 + 0.0005 * len(str(levels)) + 0.001 * noise(levels)


def _trade(levels: dict) -> float:
    return 0.02 * (1 + levels["objective.beta"]) ** 0.5 + 0.0005 * noise(levels)


def _sparse(levels: dict) -> float:
    return 0.04 - 0.0005 * levels["code.active"] * (levels["code"] == "sparse") + 0.0005 * noise(levels)


BETAS = {"objective.beta": [0.1, 0.5, 1, 2, 4, 10]}
SEEDS = {"seed": [0, 1, 2]}
WIDTHS = [[128], [128, 64], [128, 64, 32], [256], [512, 256, 128], [512, 256, 128, 64]]
SHAPES: dict[str, Callable[[Path], object]] = {
    "one run": lambda at: make(at, {"seed": [0]}, noisy),
    "64 seeds": lambda at: make(at, {"seed": list(range(64))}, lambda run: 0.03 + 0.002 * noise(run)),
    "one seed": lambda at: make(at, {BOTTLENECK: [2, 4, 8], ACTIVATION: ["relu", "gelu"]}, noisy),
    "nine bottlenecks": lambda at: make(at, {BOTTLENECK: [1, 2, 3, 4, 8, 16, 32, 64, 128]} | SEEDS, noisy),
    "13 activations": lambda at: make(at, {ACTIVATION: ACTIVATIONS} | SEEDS, noisy),
    "13 lines": lambda at: make(at, {BOTTLENECK: [2, 4, 8], ACTIVATION: ACTIVATIONS} | SEEDS, noisy),
    "three factors": lambda at: make(
        at, {BOTTLENECK: [2, 4, 32], ACTIVATION: ["relu", "gelu"], NORM: ["none", "batch", "layer"]} | SEEDS, noisy
    ),
    "four factors": lambda at: make(
        at, {BOTTLENECK: [2, 4], ACTIVATION: ["relu", "gelu"], NORM: ["none", "batch"], RATE: [1e-5, 1e-3]}, noisy
    ),
    "decades": lambda at: make(at, {RATE: [1e-5, 1e-4, 1e-3, 1e-2, 0.1]} | SEEDS, _peak),
    "long names": lambda at: make(at, {"arm": NAMES} | SEEDS, _arm),
    "long names in two factors": lambda at: make(at, {"model.widths": WIDTHS, "arm": NAMES} | SEEDS, _arm),
    "nested": lambda at: nested(at, {"code": ["plain", "sparse"], "code.active": [2, 5, 10, 25]} | SEEDS, _sparse),
    "nested and bottleneck": lambda at: nested(
        at, {BOTTLENECK: [8, 16, 64], "code": ["plain", "sparse"], "code.active": [2, 5]} | SEEDS, _sparse
    ),
    "long label of x": lambda at: make(
        at, {"trainer.max_epochs": [5, 10, 20, 40], "code": ["plain", "quantised"]} | SEEDS, noisy
    ),
    "against": lambda at: with_seconds(at, BETAS | {"code": ["variational", "quantised"]} | SEEDS, _trade),
    "against, one line": lambda at: with_seconds(at, BETAS | SEEDS, _trade),
    "against, arms": lambda at: with_seconds(at, {"arm": NAMES} | SEEDS, _arm),
}


def grid_of(folder: Path, shape: str) -> Grid:
    """The grid of a made-up study of this shape, written into the folder."""
    SHAPES[shape](folder)
    return grids.read(folder)
