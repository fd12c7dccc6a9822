"""Limits and ticks of axes."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from narrows.report.figures.axis_scales import epochs, limits, value_axis
from narrows.report.figures.style import number

VALUES = np.array([10.0, 11.0, 12.0])


def axes_with(values, others=(), logarithmic=True):
    axes = Figure().add_subplot()
    value_axis(axes, "y", np.array(values), np.array(others, dtype=float), logarithmic)
    return axes


def test_limits_come_from_the_values():
    low, high = limits(VALUES, np.array([]), False)
    assert 9.8 < low < 10 and 12 < high < 12.2


@pytest.mark.parametrize("logarithmic", [True, False])
def test_a_far_reference_does_not_squeeze_the_values(logarithmic):
    alone = limits(VALUES, np.array([]), logarithmic)
    assert limits(VALUES, np.array([60.0, 0.1]), logarithmic) == alone


@pytest.mark.parametrize("logarithmic", [True, False])
def test_what_is_near_is_included_and_leaves_the_values_half_of_the_axis(logarithmic):
    low, high = limits(VALUES, np.array([9.3, 12.7]), logarithmic)
    assert low < 9.3 and high > 12.7
    assert 2 / (high - low) > 0.45


@pytest.mark.parametrize("values", [[0.0, 0.0], [5.0], [-3.0, -3.0]])
def test_equal_values_have_limits_around_them(values):
    low, high = limits(np.array(values), np.array([]), False)
    assert low < values[0] < high


@pytest.mark.parametrize(
    ("values", "scale"),
    [([1.0, 1.5], "linear"), ([1.0, 2.0], "log"), ([-1.0, 5.0], "linear"), ([0.0, 5.0], "linear"), ([3.0], "linear")],
)
def test_an_axis_is_logarithmic_for_positive_values_that_differ_by_a_factor_of_two(values, scale):
    assert axes_with(values).get_yscale() == scale
    assert axes_with(values, logarithmic=False).get_yscale() == "linear"


@pytest.mark.parametrize("low", [1.0, 1.7, 4.1, 7.3, 9.1])
@pytest.mark.parametrize("ratio", [2.0, 3.0, 9.0, 50.0, 1e4])
def test_a_logarithmic_axis_has_three_to_twelve_ticks(low, ratio):
    axes = axes_with([low, low * ratio])
    bottom, top = axes.get_ylim()
    assert 3 <= len([tick for tick in axes.get_yticks() if bottom <= tick <= top]) <= 12


@pytest.mark.parametrize("count", [1, 2, 3, 7, 250])
def test_epochs_are_whole_numbers(count):
    axes = Figure().add_subplot()
    axes.plot(range(1, count + 1), range(count))
    epochs(axes.xaxis)
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_numbers_are_printed_with_powers_and_minus_signs():
    texts = ["1e-05", "2.5e-05", "1e+06", "-0.5", "lr 1e-05", "leaky-relu", "128-64"]
    assert [number(text) for text in texts] == ["10⁻⁵", "2.5·10⁻⁵", "10⁶", "−0.5", "lr 10⁻⁵", "leaky-relu", "128-64"]
