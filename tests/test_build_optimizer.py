"""The optimiser and the schedule of its learning rate from their sections of a config."""

import pytest

from narrows.build_optimizer import build_optimizer, build_schedule
from narrows.config import slots


def test_an_unknown_optimiser_is_an_error():
    with pytest.raises(AssertionError, match="to be unreachable"):
        build_optimizer([], slots.Linear.model_construct(name="linear"))


def test_an_unknown_schedule_is_an_error():
    with pytest.raises(AssertionError, match="to be unreachable"):
        build_schedule(None, slots.Linear.model_construct(name="linear"), 10, 10)
