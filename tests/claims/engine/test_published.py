"""Baselines beside published numbers."""

from narrows.claims.engine.claim import claim
from narrows.claims.engine.published import comparison
from narrows.stats.factors import BOTTLENECK
from narrows.stats.grid import read
from support import made_up_numbers as made_up
from support import made_up_study


def test_a_baseline_that_was_measured_is_beside_its_published_number(tmp_path):
    grid = read(made_up_study.make(tmp_path / "study", made_up_study.GRID, made_up_study.noisy))
    errors = made_up.means([BOTTLENECK, "arm"], {(2, "PCA"): 55.7, (2, "deep"): 48.0, (3, "PCA"): 50.0}, half=0)
    table = comparison([(claim(1), {"errors": errors}), (claim(7), {})], {"pca": grid})
    assert table["baseline"].tolist() == ["PCA-2: test MSE × 10⁻³"]
    assert table[["published", "here"]].iloc[0].tolist() == ["55.67", "55.70"]
    assert comparison([], {}).empty
