"""Claim 5: each verdict is possible."""

import pytest

from narrows.claims import depth_improves as architecture
from narrows.claims.engine import measure
from narrows.stats.inference import NO_DIFFERENCE
from support import made_up_numbers as made_up


def arms(weights: float, epochs: float = 20, **words_by_arm: str) -> dict:
    errors = {(arm, measure.MSE.label): 50.0 for arm in ("plain", *words_by_arm, "PCA")}
    counts = {(arm, "weights"): 1000.0 for arm in ("plain", *words_by_arm)} | {("conv", "weights"): weights}
    lengths = {(arm, "epochs"): 20.0 for arm in ("plain", *words_by_arm)} | {("stacked", "epochs"): epochs}
    return {
        "means": made_up.means(["arm", "quantity"], errors | counts | lengths),
        "gains": made_up.differences(["arm"], {(arm,): (-1.0, word) for arm, word in words_by_arm.items()}),
    }


@pytest.mark.parametrize(
    ("numbers", "word"),
    [
        (arms(1040, deep="lower", stacked="lower", conv="lower"), "supported"),
        (arms(1040, deep="higher", stacked=NO_DIFFERENCE, conv="lower"), "mixed"),
        (arms(1040, deep="higher", stacked=NO_DIFFERENCE, conv="higher"), "not supported"),
        (arms(1060, deep="lower", stacked="lower", conv="lower"), "open"),
        (arms(1040, 12, deep="lower", stacked="lower", conv="lower"), "open"),
    ],
)
def test_architectures(numbers, word):
    assert architecture.judge(numbers).word == word


def test_the_verdict_names_epochs_and_pca():
    numbers = arms(1000, deep="higher", stacked=NO_DIFFERENCE, conv="lower")
    sentence = architecture.judge(numbers).conditions
    assert sentence.startswith("After 20 epochs, ") and "PCA, which needs no epochs, has 50 × 10⁻³." in sentence
    assert architecture.headline(numbers).endswith("n = 3, after 20 epochs")


def test_epochs_of_pretraining_count_for_each_layer():
    assert architecture._epochs([36, 32, 24], 12, 2) == 20
    assert architecture._epochs([38], 20, float("nan")) == architecture._epochs(None, 20, float("nan")) == 20
