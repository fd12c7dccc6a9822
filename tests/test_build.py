"""Kinds of the schema become objects: every kind that can be chosen, and nothing else."""

from typing import Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel

from narrows.build import build_code
from narrows.config import slots
from narrows.config.objective_section import Objective, Weights
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
    (Objective, "name", OBJECTIVES),
]


@pytest.mark.parametrize(("section", "key", "table"), TABLES)
def test_the_schema_allows_the_names_of_the_table_that_implements_them(section, key, table):
    assert choices(section, key) == table.keys()


def test_the_schema_allows_the_initialisations_that_exist():
    assert choices(slots.Mlp, "init") == {"default", *SCHEMES}


def test_the_schema_has_a_weight_for_every_term():
    assert Weights.model_fields.keys() == TERMS.keys()


def test_an_unknown_code_is_an_error():
    with pytest.raises(AssertionError, match="to be unreachable"):
        build_code(slots.Linear.model_construct(name="linear"), units=3)
