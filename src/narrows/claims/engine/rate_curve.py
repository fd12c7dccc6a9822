"""Error over bits per pixel, as a curve that can be read at any rate."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LEAST = 1e-6  # bits per pixel: a constant code takes 0, which has no logarithm


class Curve(NamedTuple):
    """Bits per pixel in ascending order, and the lowest error reached with at most that many."""

    rates: "np.ndarray[tuple[int], np.dtype[np.float64]]"
    errors: "np.ndarray[tuple[int], np.dtype[np.float64]]"

    def at(self, rate: float) -> float:
        """The error at a rate, interpolated linearly on logarithmic scales; NaN below the lowest rate."""
        if rate < self.rates[0]:
            return float("nan")
        return float(np.exp(np.interp(np.log(rate), np.log(self.rates), np.log(self.errors))))


def curve(points: Sequence[tuple[float, float]]) -> Curve:
    """The lower envelope of points (rate, error): bits that do not help can be left unused."""
    rates, errors = np.array(sorted(points)).T
    return Curve(np.maximum(rates, LEAST), np.minimum.accumulate(errors))
