"""Parts of sentences."""

from pandas import DataFrame

from narrows.claims.engine.sentences import epochs, listed, percent, places


def test_places_are_grouped_by_their_first_key():
    rows = DataFrame({"kind": ["probe", "NMI", "probe"], "size": [3, 8, 32]})
    assert places(rows, ["kind", "size"]) == "probe: 3, 32; NMI: 8"
    assert places(rows, ["kind"]) == "probe; NMI"
    assert places(rows[:0], ["kind", "size"]) == "none"


def test_levels_are_listed():
    assert listed([100, 9000]) == "100, 9,000"
    assert listed(["table", "texts"]) == "table, texts"
    assert listed([]) == "none"


def test_relative_differences_have_a_sign():
    assert (percent(-0.123), percent(0.0456, 1)) == ("−12%", "+4.6%")


def test_epochs_are_a_number_or_a_range():
    assert epochs(DataFrame({"epochs": [20, 20]})) == "20 epochs"
    assert epochs(DataFrame({"epochs": [20, 10]})) == "10 to 20 epochs"
