"""Shares of lost runs."""

import pytest

from narrows.claims.engine.lost_runs import in_words


@pytest.mark.parametrize(
    ("count", "n", "words"),
    [(0, 3, "0 of 3 (0 to 0.56)"), (1, 3, "1 of 3 (0.06 to 0.79)"), (9, 9, "9 of 9 (0.7 to 1)")],
)
def test_a_share_of_few_runs_has_wilsons_interval(count, n, words):
    assert in_words(count, n) == words
