"""Numbers as text, and the tables of a report."""

from pathlib import Path

import numpy as np
import pytest
from pandas import DataFrame

from narrows import report
from narrows.report import captions
from narrows.report.layout import layout_of_figure
from narrows.report.markup import html_table, markdown_table
from narrows.report.numbers import counted, p_value, spread
from narrows.report.tables.cell_tables import cell_tables
from narrows.report.tables.differences import differences
from narrows.report.tables.latex import latex
from narrows.report.tables.other_metrics import evaluations, other_metrics
from narrows.report.tables.text_tables import as_text
from narrows.stats import grid as grids
from narrows.stats.comparisons import comparisons
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
    _, layout = layout_of_figure(grids.read(make(tmp_path, axes, noisy)))
    assert (layout.x and layout.x.name, [factor.name for factor in layout.lines]) == (x, lines)


def test_a_factor_with_too_many_lines_is_fixed_at_its_baseline(tmp_path):
    axes = {
        BOTTLENECK: [2, 4],
        ACTIVATION: ["relu", "elu"],
        "data.batch_size": [*range(1, 8)],
        "objective": ["mse", "bce"],
    }
    baseline = {ACTIVATION: "relu", "data.batch_size": 3}
    _, layout = layout_of_figure(grids.read(make(tmp_path, axes, noisy, baseline=baseline)))
    assert layout.fixed == {"data.batch_size": 3}
    assert layout.panel.name == "objective"


# --- references


def test_each_quantity_has_its_reference_beside_it(tmp_path):
    more = {"probe": accuracy, "probe_pca": lambda levels: 0.8}
    metrics = ["test/probe_error", "run/seconds", "test/mse"]
    folder = make(tmp_path / "a", {BOTTLENECK: [2, 4], "seed": [0, 1]}, noisy, more=more, metrics=metrics)
    (table,) = cell_tables(grids.read(folder))
    text = as_text(table)
    assert list(text) == [
        *("bottleneck", "classification error (%)", "PCA"),
        *("training time (s)", "test MSE (10⁻³)", "PCA"),
    ]
    assert text.iloc[:, 2].tolist() == ["20.00", "20.00"] and text.iloc[:, 5].tolist() == ["50.00", "40.00"]
    assert markdown_table(text).count("PCA") == html_table(text).count("PCA") == latex(grids.read(folder)).count("PCA")


def test_each_table_of_many_factors_has_the_reference_of_its_quantity(tmp_path):
    more = {"probe": accuracy, "probe_pca": lambda levels: 0.8}
    folder = make(tmp_path, GRID, noisy, more=more, metrics=["test/probe_error", "test/mse"])
    errors, mses = (as_text(table) for table in cell_tables(grids.read(folder)))
    assert errors["PCA"].astype(float).tolist() == [20] * 3
    assert mses["PCA"].astype(float).tolist() == [50, 40, 30]


def test_a_study_may_have_no_reference(tmp_path):
    asked = {"metrics": ["test/probe_error", "test/mse"], "reference": False}
    folder = make(tmp_path, {"seed": [0, 1]}, noisy, more={"probe": accuracy, "probe_pca": accuracy}, **asked)
    assert "PCA" not in as_text(cell_tables(grids.read(folder))[0])


# --- differences


def differences_of(folder: Path) -> tuple[DataFrame, str]:
    """The table of differences, and its caption."""
    grid = grids.read(folder)
    rows = comparisons(grid)
    return differences(grid, rows), captions.differences_table(grid, rows)


def test_a_baseline_that_all_comparisons_share_stands_in_the_caption(tmp_path):
    factors = {"relu": 1, "gelu": 0.8, "elu": 1}

    def error(levels: dict) -> float:
        return noisy(levels, 2e-3 if levels[ACTIVATION] == "elu" else 1e-5) * factors[levels[ACTIVATION]]

    axes = {ACTIVATION: list(factors), "seed": [0, 1, 2, 3]}
    table, caption = differences_of(make(tmp_path, axes, error, baseline={ACTIVATION: "relu"}))
    assert table["comparison"].tolist() == ["gelu", "elu"]
    assert table["verdict"].tolist() == ["lower", "no difference shown"]
    assert table["detectable"][0] == "–" and float(table["detectable"][1]) > 0
    assert "compared with activation relu" in caption and "80 % of such studies would show" in caption


def test_different_baselines_stand_in_the_rows(tmp_path):
    axes = {ACTIVATION: ["relu", "elu"], "objective": ["mse", "bce"], "seed": [0, 1, 2]}
    table, _ = differences_of(make(tmp_path, axes, noisy))
    assert {"activation elu − relu", "objective bce − mse"} <= set(table["comparison"])


# --- other metrics


def accuracy(levels: dict) -> float:
    return 0.9 + 0.01 * levels["seed"]


def test_every_other_metric_has_a_column_with_a_row_for_each_cell(tmp_path):
    axes = {BOTTLENECK: [2, 4], "seed": [0, 1, 2]}
    table = other_metrics(grids.read(make(tmp_path, axes, noisy, {5: "failed"}, more={"probe": accuracy})))
    assert list(table) == ["bottleneck", "probe accuracy (%)"]
    assert table["probe accuracy (%)"].tolist() == ["91.0 ± 2.5", "90.5 ± 6.4 (2)†"]


def test_what_the_main_table_shows_is_not_shown_again(tmp_path):
    """Neither another quantity of the study, nor the accuracy that its error is the complement of, nor references."""
    more = {"probe": accuracy, "probe_pca": accuracy, "probe_pixels": accuracy}
    folder = make(tmp_path, GRID, noisy, more=more, metrics=["test/probe_error", "test/mse"])
    assert list(other_metrics(grids.read(folder)))[2:] == ["probe accuracy, pixels (%)"]


def test_a_reference_that_the_main_table_does_not_show_is_another_metric(tmp_path):
    """Since the study does not want it, or since it differs between the columns of the table."""

    def by_activation(levels: dict) -> float:
        return 0.8 if levels.get(ACTIVATION) == "relu" else 0.9

    more, metrics = {"probe": accuracy, "probe_pca": by_activation}, ["test/probe_error"]
    unwanted = make(tmp_path / "a", {"seed": [0, 1]}, noisy, more=more, metrics=metrics, reference=False)
    differing = make(tmp_path / "b", GRID, noisy, more=more, metrics=metrics)
    for folder in (unwanted, differing):
        assert "probe accuracy, PCA (%)" in other_metrics(grids.read(folder))


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
