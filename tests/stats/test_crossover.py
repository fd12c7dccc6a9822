"""Where a difference changes its sign."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.stats.contrast import Comparing, contrast
from narrows.stats.crossover import crossover

LINEAR, LOGARITHMS = Comparing(False, False, 0.0), Comparing(True, False, 0.0)
SPREAD = np.linspace(-1, 1, 10)  # of ten seeds around their mean


def contrasts(differences, how=LINEAR, spread=0.1):
    """Contrasts of ten seeds against a baseline of 10, with these differences of means."""
    return [contrast(10 + difference + spread * SPREAD, 10 + spread * SPREAD, how) for difference in differences]


def test_a_line_crosses_where_it_is_zero():
    place = crossover([2, 4, 6, 8], contrasts([-3, -1, 1, 3]), LINEAR)
    assert place and place.before == -1
    assert place.at == pytest.approx(np.sqrt(4 * 6), rel=1e-3)  # linear over the logarithm of the axis
    assert 4 < place.low < place.at < place.high < 6


def test_an_axis_with_zero_is_not_logarithmic():
    place = crossover([0, 1, 2], contrasts([1, 1, -1]), LINEAR)
    assert place and place.before == 1 and place.at == pytest.approx(1.5, abs=1e-3)


@pytest.mark.parametrize("differences", [[1, 2, 3], [0.0, 0.01, 0.02], [-1, -1, 0.001]])
def test_no_crossover_without_differences_of_both_signs(differences):
    assert crossover([1, 2, 3], contrasts(differences), LINEAR) is None


def test_undecided_levels_between_two_decided_ones_widen_the_interval():
    narrow = crossover([1, 2, 3, 4], contrasts([-2, -2, 2, 2]), LINEAR)
    wide = crossover([1, 2, 3, 4], contrasts([-2, 0.01, -0.01, 2]), LINEAR)
    assert narrow and wide
    assert wide.high - wide.low > narrow.high - narrow.low


def test_the_interval_covers_the_true_place():
    """At least 90 % of 95 % intervals over made-up studies, whose differences are −1 + x with a deviation of 0.5."""
    draw, covered, shown = np.random.default_rng(0), 0, 0
    for _ in range(300):
        levels = [0.0, 0.5, 1.5, 2.0]
        results = [contrast(draw.normal(level - 1, 0.5, 10), draw.normal(0, 0.5, 10), LINEAR) for level in levels]
        if place := crossover(levels, results, LINEAR):
            shown += 1
            covered += place.low <= 1 <= place.high
    assert shown > 150 and covered / shown > 0.9


@settings(max_examples=50)
@given(st.floats(-0.9, -0.2), st.floats(0.2, 0.9), st.floats(1.5, 100))
def test_the_crossover_is_between_its_levels_and_scales_with_the_axis(below, above, factor):
    results = contrasts([10 * below, 10 * above], LOGARITHMS)
    place, scaled = (crossover([unit, 3 * unit], results, LOGARITHMS) for unit in (1, factor))
    assert place and scaled
    assert 1 <= place.low <= place.at <= place.high <= 3
    assert scaled.at == pytest.approx(factor * place.at)
