"""The objective and the corruption from their sections of a config."""

import pytest

from narrows.build_objective import build_corruption, build_objective
from narrows.config import slots
from narrows.config.objective_section import Objective, Weights


def test_an_unknown_corruption_is_an_error():
    with pytest.raises(AssertionError, match="to be unreachable"):
        build_corruption(slots.Linear.model_construct(name="linear"))


def test_an_unknown_objective_is_an_error():
    with pytest.raises(KeyError, match="huber"):
        build_objective(Objective.model_construct(name="huber", weights=Weights.model_construct()))
