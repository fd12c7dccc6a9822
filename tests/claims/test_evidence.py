"""Every claim: from the records of its studies to its row on the page, and which numbers decide it."""

import pytest

from narrows.claims import CLAIMS
from narrows.claims.engine.claim import claim
from narrows.claims.engine.section import section
from narrows.stats.grid import read
from support import made_up_claims

#: The metric and the levels of the runs that the primary contrast of each claim is about.
FAVOURED = {
    1: ("test/mse", {"arm": "deep", "model.bottleneck": 8}),
    2: ("test/attractors", {"model.bottleneck": 512, "data.train_size": 100}),
    3: ("test/probe", {"model.activation": "tanh"}),
    4: ("test/mse", {"model.norm": "batch"}),
    5: ("test/mse", {"arm": "conv"}),
    6: ("test/denoising_gaussian_25_psnr", {"corruption": "gaussian", "corruption.level": 0.25}),
    7: ("test/anomaly_auroc", {}),
    8: ("test/few_labels_100_tuned", {}),
    9: ("test/probe", {"model.bottleneck": 8}),
    10: ("test/compression_[0-9]+_mse", {}),
    11: ("test/generation_prior_frechet", {"arm": "VAE", "model.bottleneck": 16}),
    12: ("test/mse", {"arm": "autoencoder"}),
}
#: The outcome of a number half as large; one twice as large has the other one.
HALF = {2: "reversed", 6: "reversed", 7: "reversed", 8: "reversed", 9: "reversed"}
#: The relative spread with which nothing is decided, if not 0.2: the margin of claim 6 is as large as its numbers.
SCATTERED = {6: 2.0}
OTHER = {"better": "reversed", "reversed": "better", "differs": "differs"}


def primary(number: int, folder, ratio: float, spread: float = made_up_claims.SPREAD):
    metric, levels = FAVOURED[number]
    made_up_claims.make(number, folder, levels, metric, ratio, spread)
    grids = {name: read(folder / name) for name in claim(number).studies}
    return claim(number).evidence(grids).primary


@pytest.mark.parametrize("number", CLAIMS)
def test_the_planned_runs_and_no_others_decide(number, tmp_path):
    """A metric half or twice as large in the runs of the primary contrast decides it."""
    expected = "differs" if number in (3, 4) else HALF.get(number, "better")
    assert primary(number, tmp_path / "half", 0.5).word == expected
    assert primary(number, tmp_path / "twice", 2.0).word == ("shown" if number == 2 else OTHER[expected])
    same = primary(number, tmp_path / "same", 1.0)
    assert same.n >= 3
    if expected != "differs":
        assert abs(same.result.difference) < 0.05


@pytest.mark.parametrize("number", CLAIMS)
def test_numbers_that_do_not_differ_are_equal_or_not_decided_by_their_spread(number, tmp_path):
    """The margins are 5 % and more of errors, and a point and more of percentages of 50 %."""
    assert primary(number, tmp_path / "close", 1.0, 0.0005).word == "equal"
    assert primary(number, tmp_path / "scattered", 1.0, SCATTERED.get(number, 0.2)).word == "not decided"


@pytest.mark.parametrize("number", CLAIMS)
def test_the_records_of_a_claim_become_a_section_with_all_of_its_parts(number, tmp_path):
    made_up_claims.make(number, tmp_path)
    part = section(claim(number), tmp_path, tmp_path)
    assert part.outcome.word != "open" and part.outcome.sentence.endswith(".")
    assert part.evidence and len(part.evidence.controls) >= 2
    assert part.tables.keys() == set(part.claim.captions.values())
    assert (tmp_path / f"{part.claim.name}.png").is_file()
    row = part.row
    assert row["outcome"].startswith(part.outcome.word) and all(row.values())


@pytest.mark.parametrize("number", CLAIMS)
def test_a_claim_without_its_runs_is_open(number, tmp_path):
    part = section(claim(number), tmp_path, tmp_path)
    assert part.outcome.word == "open" and part.evidence is None
    assert all(name in part.outcome.sentence for name in claim(number).studies)
    assert part.tables == {} and part.checks is None
