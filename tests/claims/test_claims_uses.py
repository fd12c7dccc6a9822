"""The rules of the claims about uses of the code: each verdict can come out, and says why."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas import DataFrame

from narrows.claims import compresses as compression
from narrows.claims import finds_anomalies as anomaly
from narrows.claims import generates_images as generation
from narrows.claims import learns_features as features
from narrows.claims import needs_few_labels as few_labels
from narrows.claims import removes_noise as denoising
from narrows.claims.compresses import curve
from narrows.claims.engine.claim import Numbers
from narrows.claims.engine.long_tables import REFERENCE, VALUE, places, stacked
from narrows.stats.factors import BOTTLENECK
from support import made_up_numbers as made_up

HIGHER, LOWER, LEVEL = "higher", "lower", "no difference shown"


def verdicts(cases: list, said: str) -> dict:
    """Cases with what was said of each, by its initial."""
    words = {"h": HIGHER, "l": LOWER, "n": LEVEL}
    return {case: (1.0, words[initial]) for case, initial in zip(cases, said, strict=True)}


# --- features


@pytest.mark.parametrize(("said", "word"), [("hh", "supported"), ("hl", "mixed"), ("ln", "not supported")])
def test_codes_are_good_features_when_they_beat_components_everywhere(said, word):
    cases = verdicts([("linear probe", 3), ("k-means NMI", 32)], said)
    found = features.judge({"gaps": made_up.differences(["measure", BOTTLENECK], cases)})
    assert found.word == word
    assert f"better than as many principal components in {said.count('h')} of 2 cases" in found.conditions


# --- denoising


def denoised(nothing: str, pca: str, median: str, nlm: str) -> Numbers:
    """Two cases, gaussian at 10 and 50 %: what is said of each against nothing and each filter."""
    against = zip((denoising.NOTHING, *denoising.FILTERS), (nothing, pca, median, nlm), strict=True)
    rows = {}
    for name, said in against:
        rows |= verdicts([("gaussian", 10, name), ("gaussian", 50, name)], said)
    return {"gaps": made_up.differences([denoising.KIND, denoising.TESTED, "against"], rows)}


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (("hh", "hh", "hh", "hh"), "supported"),
        (("hh", "hh", "hh", "lh"), "mixed"),
        (("lh", "ll", "ll", "ll"), "mixed"),  # some noise removed, though every filter removes more
        (("ln", "hh", "hh", "hh"), "not supported"),  # better than all filters, and still worse than doing nothing
    ],
)
def test_noise_is_removed_when_more_is_than_by_filters(said, word):
    assert denoising.judge(denoised(*said)).word == word


def test_denoising_says_where_and_against_which():
    sentence = denoising.judge(denoised("lh", "hh", "nh", "lh")).conditions
    assert "in 1 of 2 cases of kind and level in % (gaussian: 50)" in sentence
    assert "PCA in 2, median in 1, non-local means in 1, and above all of them in 1 (gaussian: 50)" in sentence


# --- anomalies


def detected(chance: str, behind: tuple[float, ...]) -> Numbers:
    """What is said of each setting against chance, and by how many points (± 0.1) PCA is worse there."""
    settings = (anomaly.DIGIT, *anomaly.SETTINGS.values())
    rows = verdicts([(setting, anomaly.CHANCE) for setting in settings], chance)
    rows |= {(setting, "PCA"): (size, LEVEL) for setting, size in zip(settings, behind, strict=True)}
    alarms = {(setting, name): 7.0 for setting in settings for name in anomaly.ALARMS}
    return {
        "gaps": made_up.differences(["setting", "against"], rows),
        "alarms": made_up.means(["setting", "share of test images"], alarms),
    }


@pytest.mark.parametrize(
    ("chance", "pca", "word"),
    [
        ("hhh", (5, 0, -0.8), "supported"),
        ("hhh", (5, -2, 0), "mixed"),
        ("hhh", (5, -0.95, 0), "mixed"),  # perhaps more than a point below: no difference shown is not enough
        ("hnh", (0, 0, 0), "mixed"),
        ("hhh", (-2, -3, -4), "not supported"),  # found, but PCA finds more everywhere
        ("nll", (5, 5, 5), "not supported"),
    ],
)
def test_anomalies_are_found_when_nothing_simpler_finds_more(chance, pca, word):
    assert anomaly.judge(detected(chance, pca)).word == word


def test_the_rate_of_alarms_that_was_seen_is_told():
    sentence = anomaly.judge(detected("hhh", (0, -2, 0))).conditions
    assert "perhaps better than it are digits, not clothes: PCA." in sentence
    assert "A threshold set for 5 % false alarms gave 7.0 % (one digit of ten), 7.0 %" in sentence


# --- few labels


def pretrained(tuned: str, frozen: str = "llll") -> Numbers:
    """Of two pretrainings with 10 and 5,000 labels."""
    cases = [(name, count) for name in few_labels.PRETRAINED.values() for count in (10, 5000)]
    rows = verdicts([("fine-tuned", *case) for case in cases], tuned)
    rows |= verdicts([("frozen", *case) for case in cases], frozen)
    return {"gaps": made_up.differences(["start", "pretraining", "labels"], rows)}


@pytest.mark.parametrize(
    ("tuned", "frozen", "word"),
    [
        ("hhhh", "llll", "supported"),
        ("hlhl", "llll", "supported"),  # 5,000 are not few
        ("hhnh", "llll", "mixed"),
        ("nhnh", "hhhh", "not supported"),  # what a frozen encoder gains is told and not judged
    ],
)
def test_pretraining_helps_when_fine_tuning_beats_scratch_with_few_labels(tuned, frozen, word):
    assert few_labels.judge(pretrained(tuned, frozen)).word == word


def test_few_labels_says_that_what_is_not_shown_may_be():
    sentence = few_labels.judge(pretrained("hnln")).conditions
    assert "shown in 1 of 2 cases of pretraining and at most 1,000 labels, a loss in 1." in sentence
    assert "intervals are up to ± 0.1 points wide" in sentence


def test_few_labels_tells_what_the_frozen_encoder_does():
    assert "frozen: plain 10, plain 5000" in few_labels.judge(pretrained("hhhh", "hhll")).conditions


# --- compression


def compressed(pca: str, webp: str) -> Numbers:
    rows = verdicts([(compression.PCA, "0.01"), (compression.PCA, "0.08")], pca)
    rows |= verdicts([(compression.WEBP, "with weights")], webp)
    bits, error = compression.BITS.label, compression.ERROR.label
    rates = {(f"{coder}, codes", bits): 0.05 for coder in compression.CODERS}
    rates |= {(f"{compression.AE}, codes and weights", bits): 1.0, (f"{compression.PCA}, codes and weights", bits): 0.2}
    for coder, size in zip(compression.CODERS, (22.0, 17.0), strict=True):
        rates |= {(f"{coder}, codes", error): size, (f"{coder}, codes and weights", error): size}
    numbers = {"gaps": made_up.differences(["against", compression.RATE], rows)}
    return numbers | {"rates": made_up.means(["way", "quantity"], rates)}


@pytest.mark.parametrize(
    ("pca", "webp", "word"),
    [("ll", "l", "supported"), ("ll", "h", "mixed"), ("lh", "h", "mixed"), ("nh", "h", "not supported")],
)
def test_an_autoencoder_compresses_when_errors_are_lower_at_equal_rates(pca, webp, word):
    found = compression.judge(compressed(pca, webp))
    assert found.word == word
    assert "0.050 bits per pixel become 1.0 (autoencoder, error 22 × 10⁻³)" in found.conditions
    assert (
        "0.050 bits per pixel become 0.20 (PCA, same coder, error 17 × 10⁻³): PCA's error is lower at 20% of the bits."
        in found.conditions
    )


def test_a_curve_is_the_lower_edge_and_has_nothing_below_its_lowest_rate():
    found = curve([(0.4, 0.2), (0.1, 0.4), (0.2, 0.5), (0.8, 0.3)])
    assert [found.at(rate) for rate in (0.1, 0.2, 0.4, 0.8, 2)] == pytest.approx([0.4, 0.4, 0.2, 0.2, 0.2])
    assert np.isnan(found.at(0.09))


@given(points=st.lists(st.tuples(st.floats(0, 10), st.floats(1e-6, 1)), min_size=1), rate=st.floats(1e-5, 20))
def test_more_bits_are_never_worse(points, rate):
    found = curve(points)
    assert not found.at(rate) < min(error for _, error in points) * 0.999999
    assert np.isnan(found.at(rate)) or found.at(2 * rate) <= found.at(rate) * 1.000001


# --- generation


def generated(gaussian: str, mixture: str, others: str = "hh") -> Numbers:
    rows = {}
    for name, said in zip((*generation.RIVALS, "β = 4, prior"), (gaussian, mixture, others), strict=True):
        rows |= verdicts([(4, name), (16, name)], said)
    distances = {(generation.VAE, 4): 30.0, ("VAE, mixture", 4): 20.0, (generation.REAL, 4): 5.0}
    return {
        "gaps": made_up.differences([BOTTLENECK, "samples"], rows),
        "frechet": made_up.means(["samples", BOTTLENECK], distances),
        "judge": made_up.means([], {(): 95.4}),
    }


@pytest.mark.parametrize(
    ("gaussian", "mixture", "others", "word"),
    [
        ("hh", "hh", "ll", "supported"),  # another β may be nearer: the claim is about variational ones
        ("hh", "ll", "hh", "mixed"),
        ("nl", "ll", "hh", "not supported"),
    ],
)
def test_a_variational_one_is_for_generation_when_its_samples_are_nearer(gaussian, mixture, others, word):
    found = generation.judge(generated(gaussian, mixture, others))
    assert found.word == word
    assert "The nearest of all are those of “VAE, mixture” at bottleneck 4." in found.conditions
    assert "names 95.4 % of the test digits." in found.conditions


# --- the tables


def test_runs_are_stacked_by_what_is_compared():
    runs = DataFrame({"seed": [0, 1], "a": [1.0, 2.0], "b": [3.0, 4.0], "c": [5.0, 6.0]})
    found = stacked(runs, "what", {"one": ("a", "c"), "two": ("b", "c")})
    assert found["what"].tolist() == ["one", "one", "two", "two"]
    assert found[VALUE].tolist() == [1, 2, 3, 4] and found[REFERENCE].tolist() == [5, 6, 5, 6]
    assert REFERENCE not in stacked(runs, "what", {"one": "a"})


def test_places_are_grouped_by_their_first_key():
    found = DataFrame({"kind": ["probe", "NMI", "probe"], "size": [3, 8, 32]})
    assert places(found, ["kind", "size"]) == "probe: 3, 32; NMI: 8"
    assert places(found, ["kind"]) == "probe; NMI"
    assert places(found[:0], ["kind", "size"]) == "none"
