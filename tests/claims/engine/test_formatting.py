"""Numbers as text."""

from narrows.claims.engine.formatting import as_text
from narrows.stats.factors import BOTTLENECK
from support import made_up_numbers as made_up


def test_the_last_of_two_keys_becomes_columns():
    table = as_text(made_up.means([BOTTLENECK, "model"], {(2, "deep"): 5.0, (2, "conv"): 4.0, (8, "deep"): 3.0}))
    assert list(table.columns) == ["bottleneck", "deep", "conv"]
    assert table.iloc[0].tolist() == ["2", "5.00 ± 0.10 (3)", "4.00 ± 0.10 (3)"]
    assert table.iloc[1].tolist() == ["8", "3.00 ± 0.10 (3)", "–"]


def test_a_mean_without_spread_has_no_interval_and_minus_is_a_minus_sign():
    means = made_up.means(["way"], {("PCA",): -4.2}, half=0.0)
    assert as_text(means)["mean"].tolist() == ["−4.200 (3)"]
    gap = made_up.differences(["way"], {("PCA",): (-4.2, "lower")}).assign(holm=0.0501)
    assert as_text(gap).iloc[0].tolist() == ["PCA", "−4.20 ± 0.10 (−8.4%)", "3", "0.0501", "lower"]


def test_a_long_table_of_differences_becomes_a_wide_one():
    rows = {(kind, level, against): (1.0, "higher") for kind in "abc" for level in range(3) for against in "wxyz"}
    table = as_text(made_up.differences(["kind", "level", "against"], rows))
    assert list(table.columns) == ["kind", "level", *"wxyz"] and len(table) == 9
    assert table["w"].iloc[0] == "1.00 ± 0.10 (+2.0%) (3), p 0.02"
