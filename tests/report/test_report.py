"""The report's numbers and words, from made-up records whose answers are known."""

import numpy as np
import pytest
from scipy import stats

from narrows import report
from narrows.report.answer import answer
from narrows.report.layout import layout_of
from narrows.report.numbers import chance, errors
from narrows.stats import grid as table
from narrows.stats.comparisons import comparisons
from narrows.stats.inference import holm, paired
from support.made_up_study import ACTIVATION, BOTTLENECK, GRID, make, noisy


def test_cells_hold_the_intervals_that_scipy_gives(tmp_path):
    grid = table.read(make(tmp_path, GRID, noisy))
    assert len(grid.cells) == 6
    for number, cell in grid.cells.iterrows():
        scores = grid.runs.loc[grid.runs["cell"] == number, "test/mse"]
        low, high = stats.ttest_1samp(scores, 0).confidence_interval(0.95)
        assert cell["n"] == 4
        assert cell["test/mse mean"] == pytest.approx(scores.mean())
        assert (low, high) == pytest.approx(
            (cell["test/mse mean"] - cell["test/mse ci95"], cell["test/mse mean"] + cell["test/mse ci95"])
        )


def test_one_seed_has_no_interval(tmp_path):
    grid = table.read(make(tmp_path, {BOTTLENECK: [2, 4]}, noisy))
    assert grid.cells["test/mse ci95"].isna().all()
    assert "one seed, so no interval" in answer(grid, comparisons(grid))
    assert "±" not in errors(grid).to_string()


def test_p_values_are_told_from_the_bound():
    found = [chance(p) for p in (0.0501, 0.04996, 0.05, 0.21, 0.00056, 3.9e-5, np.nan)]
    assert found == ["0.0501", "0.04996", "0.05", "0.21", "0.00056", "< 0.0001", "–"]


def test_a_repeated_seed_counts_once(tmp_path):
    grid = table.read(make(tmp_path, {"seed": [0, 0, 1]}, noisy))
    assert grid.cells["n"].tolist() == [2]


def test_comparisons_are_scipys_and_holms(tmp_path):
    grid = table.read(make(tmp_path, GRID, noisy, baseline={ACTIVATION: "relu"}))
    found = comparisons(grid)
    scores = grid.runs.pivot(index="seed", columns=[BOTTLENECK, ACTIVATION], values="test/mse")
    expected = [stats.ttest_rel(scores[k, "leaky_relu"], scores[k, "relu"]).pvalue for k in (2, 4, 8)]
    assert found["at"].tolist() == ["bottleneck 2", "bottleneck 4", "bottleneck 8"]
    assert found["p"].tolist() == pytest.approx(expected)
    ordered = np.maximum.accumulate(np.sort(expected) * [3, 2, 1])  # Holm 1979, by hand
    assert sorted(found["holm"]) == pytest.approx(np.minimum(ordered, 1).tolist())


def test_the_answer_follows_the_numbers(tmp_path):
    def better(levels: dict) -> float:
        return noisy(levels, 0.0001) * (0.8 if levels[ACTIVATION] == "leaky_relu" else 1)

    grid = table.read(make(tmp_path / "different", GRID, better, baseline={ACTIVATION: "relu"}))
    said = answer(grid, comparisons(grid))
    assert "3 of 3 comparisons are differences" in said
    assert "activation leaky_relu is lower in 3" in said
    assert "at bottleneck 8, activation leaky_relu (mean and 95% confidence interval over n = 4 seeds)" in said

    def better_at_8(levels: dict) -> float:
        return better(levels) if levels[BOTTLENECK] == 8 else noisy(levels)

    grid = table.read(make(tmp_path / "mixed", GRID, better_at_8, baseline={ACTIVATION: "relu"}))
    said = answer(grid, comparisons(grid))
    assert "1 of 3 comparisons are differences" in said
    assert "The other 2 show no difference, which does not show that they are equal" in said

    grid = table.read(make(tmp_path / "same", GRID, noisy, baseline={ACTIVATION: "relu"}))
    said = answer(grid, comparisons(grid))
    assert "0 of 3 comparisons are differences" in said
    assert "does not show that they are equal" in said


def test_two_seeds_are_never_a_difference(tmp_path):
    axes = GRID | {"seed": [0, 1]}
    grid = table.read(make(tmp_path, axes, lambda levels: noisy(levels) + 10 * (levels[ACTIVATION] != "relu")))
    assert set(comparisons(grid)["verdict"]) == {"too few seeds (n = 2)"}
    assert "Nothing is called a difference" in answer(grid, comparisons(grid))


@pytest.mark.filterwarnings("error")
def test_without_spread_nothing_is_tested(tmp_path):
    grid = table.read(make(tmp_path, GRID, lambda levels: 0.02 if levels[BOTTLENECK] == 2 else len(levels[ACTIVATION])))
    assert comparisons(grid)["verdict"].tolist() == ["no difference shown"] + 2 * ["no spread over seeds, not tested"]
    assert answer(grid, comparisons(grid))


def test_a_done_run_without_a_finite_error_counts_as_failed(tmp_path):
    grid = table.read(make(tmp_path, {"seed": [0, 1]}, lambda levels: np.nan if levels["seed"] else 0.1))
    assert grid.runs["status"].tolist() == ["done", "failed"]


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
def test_what_runs_along_x(tmp_path, axes, x, lines):
    layout = layout_of(table.read(make(tmp_path, axes, noisy)))
    assert (layout.x and layout.x.name, [factor.name for factor in layout.lines]) == (x, lines)


def test_too_many_lines_are_held_at_the_baseline(tmp_path):
    axes = {BOTTLENECK: [2, 4], ACTIVATION: ["relu", "elu"], "data.batch_size": [*range(1, 8)]}
    layout = layout_of(table.read(make(tmp_path, axes, noisy, baseline={"data.batch_size": 3})))
    assert layout.fixed == {"data.batch_size": 3}


def test_axes_carry_the_units_of_the_schema(tmp_path):
    grid = table.read(make(tmp_path, {BOTTLENECK: [2, 4], "data.batch_size": [1, 2], "objective": ["a", "b"]}, noisy))
    labels = [factor.label for factor in grid.factors]
    assert labels == ["bottleneck (numbers in the code)", "batch_size (images per optimiser step)", "objective"]


def test_the_terminal_gets_table_and_answer(tmp_path):
    said = report.summary_text(make(tmp_path, GRID, noisy))
    assert "leaky_relu" in said and "The lowest test MSE" in said


def test_paired_by_hand():
    """Differences 1, 2, 3: mean 2, sd 1, t = 2√3 on 2 degrees of freedom, Hedges' factor 1 − 3/7."""
    found = paired(np.array([2.0, 4.0, 6.0, np.nan]), np.array([1.0, 2.0, 3.0, 9.0]))
    assert (found.n, found.difference, found.relative) == (3, 2, 1)
    assert found.effect == pytest.approx(2 * (1 - 3 / 7))
    assert found.ci95 == pytest.approx(4.302653 / 3**0.5)
    assert found.p == pytest.approx(2 * stats.t.sf(2 * 3**0.5, 2))


def test_holm_by_hand_counts_only_tests_that_were_made():
    assert holm(np.array([0.01, np.nan, 0.04, 0.03])) == pytest.approx([0.03, np.nan, 0.06, 0.06], nan_ok=True)


def test_a_baseline_that_was_swept_away_gives_way_to_the_first_level(tmp_path):
    grid = table.read(make(tmp_path, GRID, noisy, baseline={ACTIVATION: "tanh"}))
    assert set(comparisons(grid)["baseline"]) == {"relu"}
