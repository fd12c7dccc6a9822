"""Claim 1: the numbers that its evidence takes from records."""

import numpy as np
import pytest

from narrows.claims import beats_pca
from narrows.claims.engine.outcome import outcome
from narrows.runs import record
from narrows.stats.grid import read
from support import made_up_study

AXES = {
    "arm": ["linear", "shallow", "deep"],
    "model.bottleneck": [2, 8, 128],
    "optimizer.lr": [0.001, 0.003],
    "seed": list(range(10)),
}
PCA = {2: 0.06, 8: 0.04, 128: 0.004}
#: Errors as shares of PCA's: deep is better at 2 and 8 numbers and worse at 128.
RATIOS = {"linear": dict.fromkeys(PCA, 1.0), "shallow": dict.fromkeys(PCA, 0.9), "deep": {2: 0.8, 8: 0.7, 128: 2.0}}


def score(levels: dict) -> float:
    """An error that is 10 % higher with the larger learning rate."""
    noise = np.random.default_rng([ord(letter) for letter in str(sorted(levels.items()))]).normal()
    bottleneck = levels["model.bottleneck"]
    slow = 1.1 if levels["optimizer.lr"] == 0.003 else 1.0
    return PCA[bottleneck] * RATIOS[levels["arm"]][bottleneck] * slow * (1 + 0.01 * noise)


@pytest.fixture
def grids(tmp_path):
    made_up_study.make(tmp_path / "pca", AXES, score, more={"width": lambda levels: levels["model.bottleneck"]})
    for folder in (tmp_path / "pca").glob("run*"):
        run = record.read(folder)
        error = PCA[run.metrics["test/width"]]
        run.metrics |= {"pca/mse": error, "pca/mse_clipped": error}
        record.write(run, folder)
    return {"pca": read(tmp_path / "pca")}


def test_the_primary_contrast_is_deep_at_eight_numbers_with_the_better_rate(grids):
    found = beats_pca.evidence(grids)
    assert found.primary.n == 10
    assert found.primary.result.difference == pytest.approx(-0.3, abs=0.01)
    assert outcome(found).word == "better"
    rates = found.tables["rates"]
    assert rates["mean"].to_numpy() == pytest.approx(0.001) and (rates["n"] == 10).all()


def test_the_sign_changes_between_8_and_128_numbers_for_deep_and_never_for_shallow(grids):
    shallow, deep = beats_pca.evidence(grids).turns
    assert shallow.crossover is None
    assert deep.crossover and deep.crossover.before == -1 and 8 < deep.crossover.low < deep.crossover.high < 128
