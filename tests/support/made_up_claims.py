"""Records of a claim's studies as their size=smoke plans them, with made-up numbers."""

import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from narrows.claims.compresses import STEPS
from narrows.claims.engine.claim import claim
from narrows.claims.removes_noise import LEVELS
from narrows.config.quantities.table import QUANTITIES
from narrows.evaluation.baselines.image_formats import QUALITIES
from narrows.evaluation.few_labels import LABELS
from narrows.runs import record
from narrows.runs.record import Record
from support import made_up_study
from support.configs import CONF

#: The numbers in the names of quantities: levels of noise, counts of labels, steps and qualities.
NUMBERS = sorted({str(number) for number in (*LEVELS, *LABELS, *STEPS, *QUALITIES)})
VALUE, SPREAD = 0.5, 0.01  # of every number, and its relative deviation
RATE = 0.005  # bits per pixel, below the lowest rate at which coders are compared


def make(
    number: int,
    folder: Path,
    favoured: dict[str, Any] | None = None,
    metric: str = "",
    ratio: float = 1,
    spread: float = SPREAD,
) -> Path:
    """The studies of a claim in `folder`. `metric` of the runs with the levels `favoured` is `ratio` times as large."""
    for name in claim(number).studies:
        levels = _levels(name)
        axes, fixed = (
            {key: values for key, values in levels.items() if (len(values) > 1) == varied} for varied in (True, False)
        )
        made_up_study.make(folder / name, axes, lambda levels: VALUE)
        for run, row in enumerate(product(*axes.values())):
            cell = dict(zip(axes, row, strict=True)) | {key: value for key, (value,) in fixed.items()}
            _fill(folder / name / f"run{run}", cell, favoured or {}, metric, ratio, spread)
    return folder


def _levels(name: str) -> dict[str, list]:
    """The levels of the arms and of each key of the study at size=smoke, with ten seeds."""
    study = yaml.safe_load((CONF / "study" / "claims" / f"{name}.yaml").read_text())["study"]
    levels = {"arm": list(study["arms"])} if "arms" in study else {}
    for key, text in study["sizes"]["smoke"].items():
        levels[key] = [yaml.safe_load(level) for level in re.split(r",(?![^\[]*\])", str(text))]
    return levels | {"seed": list(range(10))}


def _fill(
    folder: Path, levels: dict[str, Any], favoured: dict[str, Any], metric: str, ratio: float, spread: float
) -> None:
    """Give the record of a run all quantities that any evaluation records."""
    run = record.read(folder)
    assert run
    random = np.random.default_rng(levels["seed"] + 1000 * len(str(levels)))
    names = [row.replace("*", number) for row in QUANTITIES for number in (NUMBERS if "*" in row else [""])]
    run.metrics = {name: VALUE * (1 + spread * random.standard_normal()) for name in names}
    run.metrics |= {name: RATE * (1 + spread * random.random()) for name in names if re.search(r"_bpp(_pca)?$", name)}
    if all(levels.get(key) == level for key, level in favoured.items()):
        run.metrics |= {name: ratio * value for name, value in run.metrics.items() if re.fullmatch(metric, name)}
    run.curves = {"train/loss": [1.0] * 20, "val/loss": [1.0, *[run.metrics["val/mse"]] * 19]}
    record.write(_configured(run, levels), folder)


def _configured(run: Record, levels: dict[str, Any]) -> Record:
    """With the parts of a config that claims read."""
    run.parameters = 1000
    run.config |= {
        "model": {"widths": levels.get("model.widths", [64]), "bottleneck": levels.get("model.bottleneck", 2)},
        "trainer": {"max_epochs": 20},
        "optimizer": {"lr": levels.get("optimizer.lr", 0.001)},
        "pretrain": {"epochs": None},
        "data": run.config["data"] | {"train_size": levels.get("data.train_size", 80)},
        "corruption": {"name": levels.get("corruption", "none"), "level": levels.get("corruption.level", 0)},
    }
    return run
