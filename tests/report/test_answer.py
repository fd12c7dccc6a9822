"""The answer in two sentences, and its caveats, from made-up records whose answers are known."""

import re

import pytest

from narrows import report
from narrows.report.answer import Answer, answer
from narrows.stats import grid as grids
from narrows.stats.comparisons import comparisons
from support.figure_studies import nested
from support.made_up_study import ACTIVATION, BOTTLENECK, GRID, make, noisy

PAIR = {ACTIVATION: ["relu", "gelu"], "seed": [0, 1, 2, 3, 4]}
AGAINST_RELU = {"baseline": {ACTIVATION: "relu"}}


def answer_of(folder) -> Answer:
    grid = grids.read(folder)
    return answer(grid, comparisons(grid))


def ratio(factor: float, size: float = 1e-5):
    """An error of 20 × 10⁻³, times `factor` for any other level than relu."""
    return lambda levels: noisy({**levels, BOTTLENECK: 4}, size) * (1 if levels.get(ACTIVATION) == "relu" else factor)


@pytest.mark.parametrize(("factor", "words"), [(0.9, r"(9.9|10.0)\d? % lower"), (1.25, r"(24.9|25.0)\d? % higher")])
def test_a_difference_is_told_with_its_interval_seeds_test_and_p(tmp_path, factor, words):
    first, second = answer_of(make(tmp_path, PAIR, ratio(factor), **AGAINST_RELU)).sentences
    assert re.match(f"The test MSE of activation gelu is {words} than that of relu .95 % interval ", first)
    assert re.search(r"n = 5, (Welch's|paired) t test, p < 0.0001\)", first)
    assert re.match(r"The lowest test MSE is \([\d.]+ ± [\d.]+\) × 10⁻³ at activation (gelu|relu) ", second)
    assert "times that of PCA (40.00 × 10⁻³)" in second


def test_of_several_comparisons_the_largest_of_each_direction_is_told(tmp_path):
    factors = {"relu": 1, "gelu": 0.9, "elu": 0.8, "tanh": 1.5}
    axes = {ACTIVATION: list(factors), "seed": [0, 1, 2, 3]}
    folder = make(tmp_path, axes, lambda levels: noisy(levels, 1e-5) * factors[levels[ACTIVATION]], **AGAINST_RELU)
    told = answer_of(folder)
    assert re.match(r"The test MSE of activation elu is (19.9|20.0)\d? % lower than that of relu", told.sentences[0])
    assert re.search(r", and that of activation tanh is (49.9|50.\d)\d? % higher than that of relu", told.sentences[0])
    assert "the largest of 3 differences (2 lower and 1 higher) that 3 comparisons show" in told.sentences[0]
    assert any("activation gelu lower by 10.0 %" in sentence for sentence in told.caveats)


@pytest.mark.parametrize(
    ("factors", "words"),
    [
        (
            {"gelu": 0.8, "elu": 0.9, "tanh": 1, "silu": 1},
            "2 of 4 comparisons show a difference, 1 is equal within ±5 %, 1 shows no difference (",
        ),
        ({"gelu": 0.8, "tanh": 1, "mish": 1}, "1 of 3 comparisons shows a difference, 2 are equal within ±5 % ("),
        ({"gelu": 0.8, "elu": 0.9, "silu": 1}, "2 of 3 comparisons show a difference, 1 shows no difference ("),
    ],
)
def test_all_verdicts_are_counted(tmp_path, factors, words):
    axes = {ACTIVATION: ["relu", *factors], "seed": [0, 1, 2, 3, 4]}

    def error(levels):
        size = 4e-3 if levels[ACTIVATION] == "silu" else 1e-5
        return noisy({**levels, BOTTLENECK: 4}, size) * factors.get(levels[ACTIVATION], 1)

    told = answer_of(make(tmp_path, axes, error, **AGAINST_RELU))
    assert any(sentence.startswith(words) for sentence in told.caveats), told.caveats


def test_what_is_shown_to_be_equal_is_told_with_the_margin(tmp_path):
    first = answer_of(make(tmp_path, PAIR, ratio(1.0, 1e-4), **AGAINST_RELU)).sentences[0]
    assert first.startswith("The test MSE of activation gelu equals that of relu within ±5 %")
    assert "two one-sided tests, p " in first


def test_what_shows_no_difference_is_told_with_what_would_have_been_seen(tmp_path):
    told = answer_of(make(tmp_path, PAIR, ratio(1.0, 4e-3), **AGAINST_RELU))
    assert "No difference in test MSE between activation gelu and relu is shown" in told.sentences[0]
    assert re.search(r"one of \d+ % would have been shown in 80 % of such studies", told.sentences[0])
    assert "1 comparison shows no difference, which does not show equality." in told.caveats


def test_too_few_seeds_are_told(tmp_path):
    first = answer_of(make(tmp_path, PAIR | {"seed": [0, 1]}, ratio(0.9), **AGAINST_RELU)).sentences[0]
    assert "10.0 % lower than that of relu, not tested (n = 2: too few seeds for a test, which needs 3)" in first


@pytest.mark.filterwarnings("error")
def test_no_spread_over_seeds_is_told(tmp_path):
    folder = make(tmp_path, PAIR, lambda levels: 0.01 * len(levels[ACTIVATION][:3]), **AGAINST_RELU)
    assert "not tested (no spread over seeds)" in answer_of(folder).sentences[0]


def test_a_quantity_of_which_more_is_better(tmp_path):
    def accuracy(levels):
        return 0.88 + noisy(levels, 1e-4) + (0.05 if levels[ACTIVATION] == "gelu" else 0)

    folder = make(tmp_path, PAIR, noisy, more={"probe": accuracy}, metrics=["test/probe"], **AGAINST_RELU)
    first, second = answer_of(folder).sentences
    assert re.match(
        r"The probe accuracy of activation gelu is (4\.99|5\.0)\d? percentage points higher than that of relu", first
    )
    assert re.match(r"The highest probe accuracy is 9[45]\.\d+ ± 0\.0\d+ % at activation gelu \(", second)


def test_arms_name_themselves(tmp_path):
    axes = {"arm": ["plain", "masking"], "seed": [0, 1, 2]}

    def error(levels):
        return ratio(0.9)({**levels, ACTIVATION: "relu" if levels["arm"] == "plain" else "x"})

    first, second = answer_of(make(tmp_path, axes, error, labels={"masking": "25 % masked"})).sentences
    assert re.match(r"The test MSE of 25 % masked is (9.9|10.0)\d? % lower than that of plain .95", first)
    assert " for 25 % masked (" in second


def test_one_cell_has_its_value_and_its_reference(tmp_path):
    (sentence,) = answer_of(make(tmp_path, {"seed": [0, 1, 2]}, noisy)).sentences
    assert re.match(
        r"The test MSE is \([\d.]+ ± [\d.]+\) × 10⁻³ \(mean and 95 % interval, n = 3\), 0.\d\d times", sentence
    )


def test_one_seed_has_no_interval(tmp_path):
    told = answer_of(make(tmp_path, {BOTTLENECK: [2, 4]}, noisy)).sentences
    assert "±" not in " ".join(told)
    assert "One seed cannot tell whether a smaller bottleneck than the best one (4 numbers) would do." in told


def test_a_study_in_which_all_failed(tmp_path):
    told = answer_of(make(tmp_path, {"seed": [0]}, noisy, {0: "failed"}))
    assert told.sentences == ["There is no answer yet: none of the 1 planned run finished."]
    assert told.caveats == ["1 of 1 run did not finish (1 failed); 1 of 1 cell incomplete, marked †."]


def sparse(levels: dict) -> float:
    return 0.04 - 0.001 * levels["code.active"] * (levels["code"] == "sparse") + noisy(levels, 1e-5) - noisy(levels, 0)


def by_bottleneck(errors: dict[int, float]):
    return lambda levels: errors[levels[BOTTLENECK]] + noisy(levels, 1e-4) - noisy(levels, 0)


def test_a_bottleneck_has_its_ends_and_the_narrowest_code(tmp_path):
    errors = {2: 0.05, 8: 0.0205, 32: 0.02, 128: 0.0199}
    axes = {BOTTLENECK: list(errors), "seed": list(range(10))}
    first, second = answer_of(make(tmp_path, axes, by_bottleneck(errors))).sentences
    assert "at bottleneck 128, the highest" in first and "at bottleneck 2 (means with 95 % intervals, n = 10)" in first
    assert second.startswith(
        "The narrowest code not shown to be worse than the best one (128) by more than 5 % is 8 numbers; "
        "shown to be equal within 5 %: 8; the one-standard-error rule takes "
    )


def test_a_code_is_counted_in_the_words_of_the_study(tmp_path):
    """A bound in nats, of which one is the margin."""
    bounds = {2: 160.0, 10: 117.0, 20: 112.0}
    folder = make(
        tmp_path,
        {BOTTLENECK: list(bounds), "seed": [0, 1, 2, 3, 4]},
        noisy,
        more={"nelbo": lambda levels: bounds[levels[BOTTLENECK]] + noisy(levels, 0.1)},
        metrics=["test/nelbo"],
        labels={BOTTLENECK: "latents"},
    )
    told = answer_of(folder)
    assert " nats per image at 20 latents, the highest " in told.sentences[0]
    assert told.sentences[1] == (
        "No narrower code than the best one, 20 latents, will do: the next one is shown to be worse by more than 1 nat "
        "per image."
    )
    assert re.match(r"Both comparisons show .* 10 latents lower by 43 nats per image; 20 latents ", told.caveats[0])


def test_levels_compared_at_several_levels_of_another_factor_are_counted(tmp_path):
    axes = GRID | {ACTIVATION: ["relu", "gelu"]}
    told = answer_of(make(tmp_path, axes, ratio(0.9), **AGAINST_RELU))
    assert any("activation gelu lower in 3 (by " in sentence for sentence in told.caveats)


def test_a_level_of_merged_axes_is_a_phrase(tmp_path):
    nested(tmp_path, {"code": ["plain", "sparse"], "code.active": [2, 25], "seed": [0, 1, 2]}, sparse)
    first, second = answer_of(tmp_path).sentences
    assert first.startswith("The test MSE of sparse with active 25 is ")
    assert " for sparse with active 25 (" in second


def test_the_narrowest_code_is_told_for_each_level_of_another_factor(tmp_path):
    def error(levels):
        errors = {2: 0.05, 8: 0.02 if levels[ACTIVATION] == "relu" else 0.03, 32: 0.02}
        return by_bottleneck(errors)(levels)

    axes = {BOTTLENECK: [2, 8, 32], ACTIVATION: ["relu", "elu"], "seed": list(range(5))}
    told = answer_of(make(tmp_path, axes, error)).sentences[1]
    assert told.endswith("is 8 numbers for activation relu and 32 numbers for activation elu.")


def test_the_best_cell_is_called_optimistic_and_missing_runs_are_counted(tmp_path):
    told = answer_of(make(tmp_path, GRID, noisy, {0: "missing"}))
    assert any("The best of 6 combinations of bottleneck and activation is selected" in text for text in told.caveats)
    assert "1 of 24 runs did not finish (1 missing); 1 of 6 cells incomplete, marked †." in told.caveats


def test_other_metrics_that_do_not_fit_a_terminal_are_left_out(tmp_path):
    more = {f"metric_{number}_of_another_version": noisy for number in range(6)}
    text = report.summary_text(make(tmp_path, GRID, noisy, more=more))
    assert "other metrics" not in text and "too wide" not in text and "metric_1" not in text


def test_a_table_too_wide_for_a_terminal_has_a_row_for_each_cell(tmp_path):
    activations = [f"a_rather_long_name_{letter}" for letter in "abcdefgh"]
    folder = make(tmp_path, {BOTTLENECK: [2, 4], ACTIVATION: activations, "seed": [0, 1]}, noisy)
    text = report.summary_text(folder)
    assert re.search(r"bottleneck +activation +test MSE \(10⁻³\) +PCA", text)
    assert re.search(r"4 +a_rather_long_name_h +[\d.]+ ± [\d.]+ +40\.00", text)
    assert "too wide" not in text


def test_the_terminal_names_the_file_that_has_all_rows(tmp_path):
    axes = {BOTTLENECK: list(range(1, 24)), ACTIVATION: ["a" * 61, "b" * 61]}
    text = report.summary_text(make(tmp_path, axes, noisy))
    assert f"… 6 more rows in {tmp_path / 'report/summary.csv'}" in text


def test_the_terminal_shows_the_answer_before_the_tables(tmp_path):
    text = report.summary_text(make(tmp_path, GRID, noisy, more={"probe": lambda levels: 0.9}))
    assert text.index("test MSE") < text.index("All intervals") < text.index("leaky_relu    PCA")
    assert "probe accuracy (%)" in text and "90.00" in text and "**" not in text
