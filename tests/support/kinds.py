"""Configs to test fleets with: every choice of the schema, and members that differ in all that they may."""

import itertools
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import pytest

from narrows.bench.choices import combined, of_one_program, single
from narrows.config.schema import Config
from support.configs import tiny

#: Combinations that `single` and `combined` do not contain, with the reason to test them.
EXTRA = [
    ("corruption=gaussian", "model.dropout=0.1", "code=variational", "objective=bce", "objective.weights.mmd=0.1"),
    ("code.activation=sigmoid", "objective.weights.code_l1=0.1"),
    ("data.binarise=dynamic", "corruption=masking", "code=variational", "objective=bce"),
    ("trainer.ema=0.6", "model.norm=batch"),
]  # the first draws noise at four places in one pass; in the second, padded codes must be masked after the sigmoid; the
# third draws what is corrupted


Kind = tuple[str, ...]


def others_slow(values: Sequence[Any], *fast: Any) -> list[Any]:
    """The values as parameters of a test, all but `fast` marked as slow."""
    return [value if value in fast else pytest.param(value, marks=pytest.mark.slow) for value in values]


def _fast() -> list[Kind]:
    """All combinations but most of those of residual blocks, which take longest."""
    residual = [kind for kind in combined() if "model=residual_conv" in kind]
    return [kind for kind in combined() if kind not in residual[2:]]


def _covering(kinds: Sequence[Kind]) -> list[Kind]:
    """Those that have each override at least once, taken from one kind of model after the other."""
    of_model: dict[str, list[Kind]] = {}
    for kind in kinds:
        of_model.setdefault(kind[0], []).append(kind)
    turns = [
        (row, (number - row) % len(of_model), kind)
        for number, rows in enumerate(of_model.values())
        for row, kind in enumerate(rows)
    ]
    seen: set[str] = set()
    return [kind for *_, kind in sorted(turns) if not seen.issuperset(kind) and not seen.update(kind)]


#: Each choice with each kind of model.
COMBINED = others_slow(combined(), *_fast())

#: Each choice with one kind of model, for tests of what another test shows with each of them.
COVERING = others_slow(combined(), *_covering(_fast()))

#: Every choice stands in a combination with each kind of model. Alone it tells which choice is at fault: slow.
KINDS = [(), *COMBINED, *EXTRA, *(pytest.param(kind, marks=pytest.mark.slow) for kind in single())]

CHANNELS = [4, 6]  # with the default's 16 and 32 a test of residual blocks takes a minute

SINGLE, DOUBLE = "trainer.precision=32-true", "trainer.precision=64-true"


def members(*overrides: str, count: int = 5) -> list[Config]:
    """Configs that differ in seed, learning rate and, where a fleet may, bottleneck.

    Hydra, which takes 0.2 s, composes only the first.
    """
    differences = zip(itertools.cycle([0, 1, 2]), [2, 5, 3, 8, 4], [1e-3, 3e-3, 1e-3, 1e-2, 5e-4], strict=False)
    configs = []
    for seed, bottleneck, lr in itertools.islice(differences, count):
        values = deepcopy(tiny(*overrides).model_dump())
        values["seed"], values["model"]["bottleneck"], values["optimizer"]["lr"] = seed, bottleneck, lr
        if "channels" in values["model"]:
            values["model"]["channels"] = CHANNELS
        configs.append(Config.parse(values))
    return of_one_program(configs)


def activated(activation: str, *overrides: str, count: int = 5) -> list[Config]:
    names = (f"model.activation={activation}", f"code.activation={activation}", "model.widths=[32]")
    return members(*names, *overrides, count=count)
