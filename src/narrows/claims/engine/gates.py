"""Gates: what must hold of the runs of all arms before their errors are compared."""

from collections.abc import Mapping
from math import isnan

import numpy as np
from pandas import DataFrame

from narrows.claims.engine.evidence import Gate
from narrows.config.study_section import ARM
from narrows.runs.record import Record
from narrows.stats.grid import Grid

LAST, GAIN = 0.1, 0.01  # share of the epochs, and of the loss: what a converged run still gains in its last tenth
CURVES = ("val/loss", "train/loss")


def converged(grids: Mapping[str, Grid], table: DataFrame, by: str = ARM) -> Gate:
    """Each arm gained less than 1 % of its loss in the last tenth of its epochs, mean over its runs.

    `table` has the runs that are compared, as `measure.runs` returns them, and `by` is the column that names their arm.
    The loss is that of validation, or of training for runs without validation images. An arm without a positive loss in
    its curves fails.
    """
    gains = {str(arm): _mean_gain(grids, rows) for arm, rows in table.groupby(by, sort=False)}
    failures = [
        f"{arm} has no curve of a positive loss" if isnan(gain) else f"{arm} still gained {100 * gain:.1f} %"
        for arm, gain in gains.items()
        if not gain < GAIN
    ]
    return Gate(f"less than {100 * GAIN:g} % gained in the last tenth of the epochs", failures)


def _mean_gain(grids: Mapping[str, Grid], rows: DataFrame) -> float:
    records = [grids[study].records[run] for study, run in rows[["study", "run"]].itertuples(index=False)]
    return float(np.mean([gain(record) for record in records]))


def gain(record: Record) -> float:
    """The share by which the lowest loss fell in the last tenth of the run's epochs."""
    losses = next((record.curves[name] for name in CURVES if record.curves.get(name)), [])
    before = len(losses) - max(1, round(LAST * len(losses)))
    if before < 1 or min(losses) <= 0:
        return float("nan")
    return 1 - min(losses) / min(losses[:before])
