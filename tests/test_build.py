"""Kinds of the schema become objects: every kind that can be chosen, and nothing else."""

from functools import partial
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel

from narrows.build import build_code, build_corruption, build_objective, build_optimizer, build_schedule
from narrows.config import slots
from narrows.models.conv import UPS
from narrows.models.heads import OUTPUTS
from narrows.models.initialisation import SCHEMES
from narrows.objective.objective import OBJECTIVES
from narrows.objective.terms import TERMS


def choices(section: type[BaseModel], key: str) -> set[str]:
    """The names that the schema allows for a key."""
    return set(get_args(get_type_hints(section)[key]))


TABLES: list[tuple[type[BaseModel], str, dict[str, Any]]] = [
    (slots.Mlp, "output", OUTPUTS),
    (slots.Conv, "up", UPS),
    (slots.Objective, "name", OBJECTIVES),
]


@pytest.mark.parametrize(("section", "key", "table"), TABLES)
def test_the_schema_allows_the_names_of_the_table_that_implements_them(section, key, table):
    assert choices(section, key) == table.keys()


def test_the_schema_allows_the_initialisations_that_exist():
    assert choices(slots.Mlp, "init") == {"default", *SCHEMES}


def test_the_schema_has_a_weight_for_every_term():
    assert slots.Weights.model_fields.keys() == TERMS.keys()


@pytest.mark.parametrize("build", [partial(build_code, units=3), build_corruption])
def test_an_unknown_kind_is_an_error(build):
    with pytest.raises(AssertionError, match="to be unreachable"):
        build(slots.Linear.model_construct(name="linear"))


def test_an_unknown_optimiser_schedule_or_objective_is_an_error():
    with pytest.raises(AssertionError, match="to be unreachable"):
        build_optimizer([], slots.Linear.model_construct(name="linear"))
    with pytest.raises(AssertionError, match="to be unreachable"):
        build_schedule(None, slots.Linear.model_construct(name="linear"), 10, 10)
    with pytest.raises(KeyError, match="huber"):
        build_objective(slots.Objective.model_construct(name="huber", weights=slots.Weights.model_construct()))
