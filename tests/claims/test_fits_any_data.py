"""Claim 12: each verdict is possible."""

import pytest

from narrows.claims import fits_any_data as own_data
from narrows.stats.factors import BOTTLENECK
from narrows.stats.inference import NO_DIFFERENCE
from support import made_up_numbers as made_up


def on_data(**words_by_data: list[str]) -> dict:
    rows = {(name, 2**i): (-1.0, word) for name, words in words_by_data.items() for i, word in enumerate(words)}
    return {"gaps": made_up.differences([own_data.DATA, BOTTLENECK], rows)}


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ({"table": ["lower"] * 2, "texts": ["lower"] * 2}, "supported"),
        ({"table": ["lower", "higher"], "texts": [NO_DIFFERENCE, "lower"]}, "not supported"),
        ({"table": ["lower"] * 2, "texts": ["lower", NO_DIFFERENCE]}, "mixed"),
    ],
)
def test_any_data(words, word):
    assert own_data.judge(on_data(**words)).word == word


def test_any_data_says_which():
    sentence = own_data.judge(on_data(table=["lower", "lower"], texts=["lower", "higher"])).conditions
    assert "on 1 of 2 data sets (table); above it at some bottleneck on 1 (texts)." in sentence


def test_the_headline_has_shares_of_pcas_error():
    errors = made_up.means([own_data.DATA, BOTTLENECK], {("table", 2): 67.0, ("images", 8): 113.3, ("texts", 2): 90.0})
    assert own_data.headline({"errors": errors}) == (
        "67.00 ± 0.10 % of PCA's error (table, bottleneck 2, n = 3); "
        "113.30 ± 0.10 % of PCA's error (images, bottleneck 8, n = 3)"
    )
