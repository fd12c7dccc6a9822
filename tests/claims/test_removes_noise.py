"""Claim 6: each verdict is possible."""

import pytest

from narrows.claims import removes_noise as denoising
from narrows.claims.engine.claim import Numbers
from support import made_up_numbers as made_up


def denoised(nothing: str, pca: str, median: str, nlm: str) -> Numbers:
    """Two cases, gaussian at 10 and 50 %, with their verdicts against the noisy image and each filter."""
    against = zip((denoising.UNFILTERED, *denoising.FILTERS), (nothing, pca, median, nlm), strict=True)
    rows = {}
    for name, initials in against:
        rows |= made_up.verdicts([("gaussian", 10, name), ("gaussian", 50, name)], initials)
    return {"gaps": made_up.differences([denoising.KIND, denoising.TESTED, "against"], rows)}


@pytest.mark.parametrize(
    ("initials", "word"),
    [
        (("hh", "hh", "hh", "hh"), "supported"),
        (("hh", "hh", "hh", "lh"), "mixed"),
        (("lh", "ll", "ll", "ll"), "mixed"),  # some noise removed, though every filter removes more
        (("ln", "hh", "hh", "hh"), "not supported"),  # better than all filters, but not than doing nothing
    ],
)
def test_more_noise_has_to_be_removed_than_by_every_filter(initials, word):
    assert denoising.judge(denoised(*initials)).word == word


def test_the_verdict_says_where_and_against_which_filter():
    sentence = denoising.judge(denoised("lh", "hh", "nh", "lh")).conditions
    assert "in 1 of 2 cases of kind and level in % (gaussian: 50)" in sentence
    assert "PCA in 2, median in 1, non-local means in 1, and above all of them in 1 (gaussian: 50)" in sentence
