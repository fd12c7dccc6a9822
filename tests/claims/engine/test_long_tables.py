"""Long tables."""

from pandas import DataFrame

from narrows.claims.engine.long_tables import REFERENCE, VALUE, stacked


def test_runs_are_stacked_by_what_is_compared():
    runs = DataFrame({"seed": [0, 1], "a": [1.0, 2.0], "b": [3.0, 4.0], "c": [5.0, 6.0]})
    table = stacked(runs, "what", {"one": ("a", "c"), "two": ("b", "c")})
    assert table["what"].tolist() == ["one", "one", "two", "two"]
    assert table[VALUE].tolist() == [1, 2, 3, 4] and table[REFERENCE].tolist() == [5, 6, 5, 6]
    assert REFERENCE not in stacked(runs, "what", {"one": "a"})
