"""Gates: what must hold of the runs of all arms before their errors are compared."""

from collections.abc import Mapping, Sequence
from math import isnan

import numpy as np

from narrows.claims.engine.evidence import Gate
from narrows.runs.record import Record

LAST, GAIN = 0.1, 0.01  # share of the epochs, and of the loss: what a converged run still gains in its last tenth
CURVES = ("val/loss", "train/loss")


def converged(arms: Mapping[str, Sequence[Record]]) -> Gate:
    """Each arm gained less than 1 % of its loss in the last tenth of its epochs, mean over its runs.

    The validation loss, or the training loss of runs without validation images. A run that patience stopped has
    converged by that rule. A loss that can be negative has no such share: its arm fails.
    """
    gains = {name: _mean_gain(records) for name, records in arms.items()}
    failures = [
        f"{name} still gained {100 * gain:.1f} %" if not isnan(gain) else f"{name} has no curve"
        for name, gain in gains.items()
        if not gain < GAIN
    ]
    return Gate(f"less than {100 * GAIN:g} % gained in the last tenth of the epochs", failures)


def _mean_gain(records: Sequence[Record]) -> float:
    return float(np.mean([gain(record) for record in records])) if records else float("nan")


def gain(record: Record) -> float:
    """The share by which the lowest loss fell in the last tenth of the run's epochs."""
    losses = next((record.curves[name] for name in CURVES if record.curves.get(name)), [])
    before = len(losses) - max(1, round(LAST * len(losses)))
    if before < 1 or min(losses) <= 0:
        return float("nan")
    return 1 - min(losses) / min(losses[:before])
