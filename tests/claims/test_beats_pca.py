"""Claim 1: each verdict is possible."""

import pytest

from narrows.claims import beats_pca as pca
from narrows.stats.factors import BOTTLENECK
from narrows.stats.inference import NO_DIFFERENCE
from support import made_up_numbers as made_up


def against_pca(**words_by_kind: list[str]) -> dict:
    rows = {(2**i, kind): (-1.0, word) for kind, words in words_by_kind.items() for i, word in enumerate(words)}
    return {"gaps": made_up.differences([BOTTLENECK, "model"], rows).assign(after="20 epochs")}


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ({"linear": ["higher"] * 2, "deep": ["lower"] * 2, "conv": ["lower"] * 2}, "supported"),
        ({"linear": ["lower"] * 2, "deep": [NO_DIFFERENCE, "higher"]}, "not supported"),
        ({"linear": ["higher"] * 2, "deep": ["lower", "higher"]}, "mixed"),
    ],
)
def test_beating_pca(words, word):
    assert pca.judge(against_pca(**words)).word == word


def test_beating_pca_says_where():
    sentence = pca.judge(against_pca(deep=["lower", "higher"], conv=["lower", "lower"])).conditions
    assert sentence.startswith("After 20 epochs the error is below PCA's in 3 of 4 cases of kind and bottleneck (")
    assert "(deep: 1; conv: 1, 2); the error is above PCA's in 1 of 4" in sentence
    assert sentence.endswith("cases of kind and bottleneck (deep: 2).")
