"""Numbers as text, and the tables of a report."""

import numpy as np
import pytest

from narrows import report
from narrows.report.layout import layout_of
from narrows.report.numbers import counted, p_value, spread
from narrows.report.tables.cell_tables import cell_tables
from narrows.report.tables.other_metrics import evaluations, other_metrics
from narrows.report.tables.text_tables import as_text
from narrows.stats import grid as grids
from support.made_up_study import ACTIVATION, BOTTLENECK, GRID, make, noisy


def test_p_values_are_distinguished_from_the_significance_level():
    texts = [p_value(p) for p in (0.0501, 0.04996, 0.05, 0.21, 0.00056, 3.9e-5, np.nan)]
    assert texts == ["0.0501", "0.04996", "0.05", "0.21", "0.00056", "< 0.0001", "–"]


def test_the_half_width_decides_the_digits():
    assert [spread(-12.345, 0.4), spread(12.345, 123), spread(12.345, np.nan)] == ["−12.35 ± 0.40", "12 ± 123", "12.35"]
    assert [counted(0.5, 0.01, 3), counted(123456, 0, 3)] == ["0.500 ± 0.010 (3)", "123,456 (3)"]


def test_one_seed_has_no_interval(tmp_path):
    assert "±" not in as_text(cell_tables(grids.read(make(tmp_path, {BOTTLENECK: [2, 4]}, noisy)))[0]).to_string()


@pytest.mark.parametrize(
    ("axes", "x", "lines"),
    [
        ({"seed": [0]}, None, []),
        ({BOTTLENECK: [4], "optimizer.lr": [0.1, 0.2, 0.3]}, "lr", []),
        ({ACTIVATION: ["relu", "elu"], BOTTLENECK: [2, 4]}, "bottleneck", ["activation"]),
        ({"objective": ["mse", "bce"], "optimizer.lr": [0.1, 0.2]}, "objective", ["lr"]),
        ({"objective.name": ["mse", "bce"], "model.widths": [[4], [4, 2]]}, "objective", ["widths"]),
        ({"optimizer.name": ["sgd", "adam"], "schedule.name": ["constant", "cosine"]}, "optimizer", ["schedule"]),
    ],
)
def test_which_factor_is_on_x(tmp_path, axes, x, lines):
    layout = layout_of(grids.read(make(tmp_path, axes, noisy)))
    assert (layout.x and layout.x.name, [factor.name for factor in layout.lines]) == (x, lines)


def test_a_factor_with_too_many_lines_is_fixed_at_its_baseline(tmp_path):
    axes = {BOTTLENECK: [2, 4], ACTIVATION: ["relu", "elu"], "data.batch_size": [*range(1, 8)]}
    layout = layout_of(grids.read(make(tmp_path, axes, noisy, baseline={"data.batch_size": 3})))
    assert layout.fixed == {"data.batch_size": 3}


# --- other metrics


def accuracy(levels: dict) -> float:
    return 0.9 + 0.01 * levels["seed"]


def test_every_other_metric_has_a_column_with_a_row_for_each_cell(tmp_path):
    axes = {BOTTLENECK: [2, 4], "seed": [0, 1, 2]}
    table = other_metrics(grids.read(make(tmp_path, axes, noisy, {5: "failed"}, more={"probe": accuracy})))
    assert list(table) == ["bottleneck", "probe accuracy (%)"]
    assert table["probe accuracy (%)"].tolist() == ["91.0 ± 2.5", "90.5 ± 6.4 (2)†"]


def test_what_the_main_table_shows_is_not_shown_again(tmp_path):
    """Neither another quantity of the study nor the accuracy that its error is the complement of."""
    more = {"probe": accuracy, "probe_pca": accuracy}
    folder = make(tmp_path, GRID, noisy, more=more, metrics=["test/probe_error", "test/mse"])
    assert list(other_metrics(grids.read(folder)))[2:] == ["probe accuracy, PCA (%)"]


def test_many_metrics_of_few_cells_stand_below_each_other(tmp_path):
    more = {f"denoising_{level}": accuracy for level in range(20)}
    table = other_metrics(grids.read(make(tmp_path, {BOTTLENECK: [2, 4], "seed": [0, 1]}, noisy, more=more)))
    assert list(table) == ["quantity", "bottleneck 2", "bottleneck 4"]
    assert len(table) == 20


def test_a_metric_that_no_run_recorded_leaves_no_table(tmp_path):
    assert other_metrics(grids.read(make(tmp_path, GRID, noisy))).empty


def test_the_evaluations_are_named_and_described(tmp_path):
    grid = grids.read(make(tmp_path, GRID, noisy))
    for record in grid.records.values():
        record.config["evaluation"] = ["reconstruction", "units", "one_of_another_version"]
    text = evaluations(grid)
    assert "units (dead hidden units), one_of_another_version." in text


def test_the_report_shows_every_evaluation(tmp_path, monkeypatch):
    monkeypatch.setattr("narrows.report.write_report.CHARTS", [])
    folder = make(tmp_path, GRID, noisy, more={"probe": lambda levels: 0.9, "dead_units": lambda levels: 0.25})
    page = report.write(folder).page
    for text in (page.read_text(), page.with_name("report.md").read_text()):
        assert "Other metrics" in text
        assert "dead hidden units (%)" in text and "25.00" in text
