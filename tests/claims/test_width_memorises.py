"""Claim 2: each verdict is possible."""

import itertools

import pytest
from pandas import DataFrame

from narrows.claims import width_memorises as memorisation
from narrows.claims.engine import measure
from narrows.stats.factors import BOTTLENECK
from narrows.stats.inference import NO_DIFFERENCE as NONE
from support import made_up_numbers as made_up


def memory(detail: str, excess: dict[int, str], foreign: list[str], near: tuple[str, str] = (NONE, NONE)) -> dict:
    """Signs at two bottlenecks; `near` has the verdicts on the widest code against 1 and against PCA."""
    train, code = memorisation.TRAIN, BOTTLENECK

    def signs(quantities: list[measure.Quantity]) -> DataFrame:
        levels = itertools.product(excess, (2, 128), [quantity.label for quantity in quantities])
        return made_up.means([train, code, "quantity"], dict.fromkeys(levels, 0.25))

    return {
        "errors": signs(memorisation.ERRORS),
        "signs": signs(memorisation.SIGNS),
        "detail": made_up.differences([train, code], {(size, 2): (9.0, detail) for size in excess}),
        "overfit": made_up.differences(
            [train, code], {(size, k): (1.0, "higher") for size in excess for k in (2, 128)}
        ),
        "excess": made_up.differences([train, code], {(size, 128): (1.0, verdict) for size, verdict in excess.items()}),
        "near": made_up.differences(
            [train, memorisation.AGAINST],
            {
                (size, what): (-0.1, verdict)
                for size in excess
                for what, verdict in zip(("1", "PCA"), near, strict=True)
            },
        ),
        "copying": made_up.differences(["images"], {(str(i),): (1.0, verdict) for i, verdict in enumerate(foreign)}),
    }


STORED = ("lower", "lower")


@pytest.mark.parametrize(
    ("numbers", "word"),
    [
        (memory("higher", {100: "higher", 9000: "higher"}, ["higher"], STORED), "supported"),  # memorises
        (memory("higher", {100: NONE, 9000: NONE}, ["lower", "lower"]), "supported"),  # copies
        (
            memory("higher", {100: "higher", 9000: NONE}, ["lower", "higher"], STORED),
            "mixed",
        ),  # not with more images
        (
            memory("higher", {100: "higher", 9000: "higher"}, ["higher"], ("lower", NONE)),
            "mixed",
        ),  # no nearer than by PCA
        (memory(NONE, {100: NONE, 9000: NONE}, ["lower"]), "mixed"),
        (memory("lower", {100: NONE, 9000: NONE}, ["higher"]), "not supported"),
    ],
)
def test_detail_and_memory(numbers, word):
    assert memorisation.judge(numbers).word == word


def test_the_verdict_says_with_how_many_images():
    numbers = memory("higher", {100: "higher", 9000: "lower"}, ["lower", "higher"], STORED)
    sentence = memorisation.judge(numbers).conditions
    assert (
        "With 100 training images it overfits at every width" in sentence and "a wider code overfits more." in sentence
    )
    assert "with which the gap is larger for the wider code: 100; smaller: 9,000;" in sentence
    assert "the widest code memorises: 100." in sentence and "1 of 2 kinds of foreign images" in sentence


def test_a_gap_that_does_not_grow_is_still_reported():
    sentence = memorisation.judge(memory("higher", {100: NONE, 9000: NONE}, ["higher"], STORED)).conditions
    assert "it overfits at every width (gap beyond PCA's 0.25 ± 0.10 (n = 3) × 10⁻³ at the widest); that" in sentence
    assert "that a wider code overfits more is not shown." in sentence and "memorises: none." in sentence
    assert "the widest code are nearer to training images" in sentence


def test_attractors_count_as_stored_images():
    numbers = memory("higher", {100: "higher", 9000: "higher"}, ["higher"])
    numbers["signs"].loc[numbers["signs"]["quantity"] == memorisation.ATTRACTORS.label, "mean"] = 0.75
    assert memorisation.judge(numbers).word == "supported"
