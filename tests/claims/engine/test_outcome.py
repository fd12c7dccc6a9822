"""The rule of all claims: every outcome can come out, and does where it should."""

from dataclasses import replace

import numpy as np
import pytest

from narrows.claims.engine.differing import PlannedTest
from narrows.claims.engine.evidence import Control, Evidence, Gate, Half, Strongest, Turn
from narrows.claims.engine.outcome import outcome
from narrows.claims.engine.planned import Planned
from narrows.config.quantities import quantity
from narrows.stats.crossover import Crossover

MSE = Planned(quantity("test/mse"), "deep", "PCA", "at 8 numbers")  # equal within ±5 %, lower is better
PROBE = Planned(quantity("test/probe"), "codes", "PCA", "at 8 numbers")  # equal within ±1 point, higher is better
SEEDS = np.linspace(-1, 1, 10)


def errors(ratio: float, spread: float = 0.01) -> np.ndarray:
    """Ten errors with a mean of about 0.02 times `ratio`, and this relative spread."""
    return 0.02 * ratio * (1 + spread * SEEDS)


def evidence(ratio: float, spread: float = 0.01, **changes: object) -> Evidence:
    primary = MSE.compare(errors(ratio, spread), errors(1, spread))
    return replace(Evidence(primary, Strongest("PCA", primary), [], [], {}), **changes)


@pytest.mark.parametrize(
    ("ratio", "spread", "word", "part"),
    [
        (0.98, 0.01, "better", "n = 10; smaller than the margin of ±5 %."),
        (4.0, 0.01, "reversed", ": 4.0 times [4.0, 4.0], p < 0.0001, n = 10; this is the opposite"),
        (0.8, 0.01, "better", "Test MSE of deep against PCA at 8 numbers: −20.0 % [−20."),
        (1.2, 0.01, "reversed", "; this is the opposite of the claim"),
        (1.001, 0.01, "equal", "; equal within ±5 %."),
        (1.02, 0.2, "not decided", " % would have been shown."),
    ],
)
def test_a_contrast_has_one_of_four_outcomes(ratio, spread, word, part):
    result = outcome(evidence(ratio, spread))
    assert result.word == word and part in result.sentence


def test_a_quantity_that_should_be_high_is_better_when_it_is_higher():
    for shift, word in {0.1: "better", -0.1: "reversed", 0.001: "equal"}.items():
        primary = PROBE.compare(0.8 + shift + 0.005 * SEEDS, 0.8 + 0.005 * SEEDS)
        result = outcome(Evidence(primary, Strongest("PCA", primary), [], [], {}))
        assert result.word == word
        if word == "better":
            assert "+10.0 points [" in result.sentence


def test_a_failed_control_or_gate_leaves_a_claim_untestable_however_clear_its_contrast():
    control = Control("linear autoencoder", "equal within ±5 %", "+12 %", False)
    gate = Gate("less than 1 % gained in the last tenth of the epochs", ["deep still gained 3.2 %"])
    for changes, part in [({"controls": [control]}, "+12 %, expected equal"), ({"gates": [gate]}, "deep still gained")]:
        result = outcome(evidence(0.5, **changes))
        assert result.word == "not testable" and part in result.sentence
    passed = {"controls": [control._replace(passed=True)], "gates": [gate._replace(failures=[])]}
    assert outcome(evidence(0.5, **passed)).word == "better"


def test_too_few_seeds_leave_a_claim_open():
    primary = MSE.compare(errors(0.5)[:2], errors(1)[:2])
    result = outcome(Evidence(primary, Strongest("PCA", primary), [], [], {}))
    assert result.word == "open" and "n = 2" in result.sentence


def test_a_crossover_is_told_with_its_interval():
    turns = [Turn("bottleneck", Crossover(58.2, 49.3, 66.0, -1), "lower"), Turn("level", None, "lower")]
    result = outcome(evidence(0.8, turns=turns))
    assert result.sentence.endswith(" Bottleneck: better up to 58 [49, 66], worse beyond.")


def test_the_other_half_of_a_claim_has_its_own_outcome():
    other = Half("stacking", replace(MSE, level="stacked").compare(errors(1.3), errors(1)))
    result = outcome(evidence(0.8, other=other))
    assert result.word == "better" and "The other half of the claim, stacking: test MSE of stacked" in result.sentence
    assert result.sentence.endswith("n = 10 (reversed).")


def test_a_claim_without_direction_differs_is_equal_or_is_not_decided():
    planned = PlannedTest("activation", replace(PROBE, level="", baseline=""))
    for step, spread, word in [(0.1, 0.01, "differs"), (0.0, 0.005, "equal"), (0.001, 0.1, "not decided")]:
        scores = {name: 0.8 + step * i + spread * SEEDS for i, name in enumerate(["relu", "tanh", "gelu"])}
        primary = planned.test(scores)
        strongest = Strongest("PCA", PROBE.compare(scores["relu"], scores["tanh"]))
        result = outcome(Evidence(primary, strongest, [], [], {}))
        assert result.word == word
        if word == "differs":
            assert "gelu against relu +20.0 points [" in result.sentence and "p < 0.0001" in result.sentence


def test_a_plan_says_what_is_compared_before_there_are_numbers():
    assert MSE.text == "test MSE of deep against PCA at 8 numbers (claimed: lower; equal: within ±5 %)"
    assert PlannedTest("activation", PROBE).text.endswith(
        "over all levels of activation at 8 numbers (equal: all within ±1 point)"
    )
