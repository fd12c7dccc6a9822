"""Finished runs of papers' studies with made-up numbers: their configs are those of conf/study/published."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from narrows.app.from_python import planned_sweep
from narrows.config.levels import Level
from narrows.runs import record, study
from narrows.runs.record import Record

Changes = Callable[[Mapping[str, Level]], Mapping[str, Any] | None]


def unchanged(_: Mapping[str, Level]) -> Mapping[str, Any]:
    return {}


def finish(name: str, out: Path, *typed: str, changes: Changes = unchanged) -> Path:
    """The study of a paper in the full size with a record of each run; returns its folder, `out`/`name`.

    `changes` gives the fields of a run's record that are to differ, None for a run without one.
    """
    sweep = planned_sweep([f"study=published/{name}", "size=full", *typed], out / name)
    (out / name).mkdir(parents=True, exist_ok=True)
    study.write(sweep.study, out / name)
    for job in sweep.jobs:
        assert job.config, job.error
        if (changed := changes(job.levels)) is not None:
            (out / name / job.name).mkdir(exist_ok=True)
            made_up = _made_up(record.begin(job.config), sweep.study.metrics)
            record.write(made_up.model_copy(update=dict(changed)), out / name / job.name)
    return out / name


def _made_up(begun: Record, metrics: list[str]) -> Record:
    """Done, with numbers that differ between seeds by 1 %."""
    value = 0.1 + 0.001 * (begun.seed or 0)
    curves = {"train/loss": [3 * value, 2 * value], "gradient_norm": [1.0, 1.0]}
    fields = {"status": "done", "metrics": dict.fromkeys(metrics, value), "curves": curves, "epochs": 2, "seconds": 1.5}
    return begun.model_copy(update=fields)
