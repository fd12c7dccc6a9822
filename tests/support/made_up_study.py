"""Made-up studies for the report's tests: records whose answers are known."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from narrows.runs import record
from narrows.runs.record import DataRecord, Record
from narrows.runs.study import Study

BOTTLENECK, ACTIVATION = "model.bottleneck", "model.activation"
PCA = {2: 0.05, 4: 0.04, 8: 0.03}
DATA = {"name": "mnist5k", "root": "nowhere", "batch_size": 8, "val_size": 20, "train_size": 80, "classes": None}
Score = Callable[[dict], float]


def make(
    folder: Path,
    axes: dict,
    score: Score,
    status: dict[int, str] | None = None,
    baseline: dict | None = None,
    more: dict[str, Score] | None = None,
    **asked: Any,
) -> Path:
    """A study of the product of `axes`, with the test error `score` and `more` metrics of the test images.

    `status` maps a run's number to its status if it is not done: a record's status, "missing" or "damaged". `asked` are
    further fields of the study, such as `metrics`.
    """
    runs = {}
    for number, levels in enumerate(product(*axes.values())):
        runs[f"run{number}"] = dict(zip(axes, levels, strict=True))
        run, run_status = folder / f"run{number}", (status or {}).get(number, "done")
        run.mkdir(parents=True, exist_ok=True)
        if run_status == "damaged":
            (run / record.NAME).write_text('{"status": "do')
        elif run_status != "missing":
            record.write(made_up_record(runs[f"run{number}"], score, run_status, more or {}), run)
    plan = {"name": "made_up", "question": "Is it so?", "command": "none", "axes": axes, "baseline": baseline or {}}
    study = Study(**(plan | {"runs": runs} | asked))
    (folder / "study.json").write_text(study.model_dump_json())
    return folder


def made_up_record(levels: dict, score: Score, status: str, more: dict[str, Score]) -> Record:
    error, bottleneck = score(levels), levels.get(BOTTLENECK, 4)
    metrics = {"test/mse": error, "val/mse": error, "pca/mse": PCA.get(bottleneck, 0.06)}
    metrics |= {f"test/{quantity}": value(levels) for quantity, value in more.items()}
    return Record(
        status=status,
        error=None if status == "done" else "the loss became nan",
        config={"data": DATA},
        fingerprint="f",
        seed=levels.get("seed", 0),
        data=DataRecord(name="mnist5k", checksum="c", train=80, val=20, test=10),
        metrics=metrics if status == "done" else {},
        curves={"train/loss": [3 * error, 2 * error, error], "val/loss": [error, error]} if status == "done" else {},
        epochs=3,
        seconds=1.5,
        parameters=7,
        device="cpu",
        git={"commit": "abc", "dirty": False},
        versions={"python": "3"},
        started="2026-01-01T00:00:00",
    )


def noisy(levels: dict, size: float = 0.001) -> float:
    """An error that falls with the bottleneck, with different noise in every run."""
    numbers = np.random.default_rng(_key(levels))
    return 0.04 / levels.get(BOTTLENECK, 4) ** 0.5 + size * numbers.standard_normal()


def _key(levels: dict) -> list[int]:
    return [ord(letter) for letter in str(sorted(levels.items()))]


GRID = {BOTTLENECK: [2, 4, 8], ACTIVATION: ["relu", "leaky_relu"], "seed": [0, 1, 2, 3]}
