"""Claim 10: each verdict is possible."""

import pandas as pd
import pytest

from narrows.claims import compresses as compression
from narrows.claims.engine.claim import Numbers
from support import made_up_numbers as made_up


def compressed(pca: str, webp: str) -> Numbers:
    rows = made_up.verdicts([(compression.PCA, "0.01"), (compression.PCA, "0.08")], pca)
    rows |= made_up.verdicts([(compression.WEBP, "with weights")], webp)
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
def test_errors_have_to_be_lower_at_equal_rates(pca, webp, word):
    verdict = compression.judge(compressed(pca, webp))
    assert verdict.word == word
    assert "0.050 bits per pixel become 1.0 (autoencoder, error 22 × 10⁻³)" in verdict.conditions
    assert (
        "0.050 bits per pixel become 0.20 (PCA, same coder, error 17 × 10⁻³): PCA's error is lower at 20% of the bits."
        in verdict.conditions
    )


def test_the_model_is_shared_by_all_images():
    """A decoder of 100 kB costs a bit per pixel of 1,000 digits and a hundredth of 100,000."""
    bits, model = pd.Series([0.5]), pd.Series([98_000.0])
    for images, cost in ((1_000, 1.0), (100_000, 0.01)):
        assert compression.with_model(bits, model, images * 784)[0] == pytest.approx(0.5 + cost)
