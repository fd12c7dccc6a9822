"""Claim 4: which runs are lost, and how fast the others are."""

import pytest

from narrows.claims import init_stabilises as stability
from narrows.claims.engine import lost_runs
from narrows.runs import record
from narrows.stats import grid
from support import made_up_study


def test_a_run_that_failed_or_learned_the_mean_image_is_lost(tmp_path):
    """Runs without norm fail or stay at the mean image, the others reach PCA's error between epochs 1 and 2."""

    def score(levels: dict) -> float:
        return 0.066 if levels[stability.NORM] == "none" else 0.02

    axes = {
        stability.WIDTHS: [[8, 8], [8, 8, 8, 8]],
        stability.INIT: ["default", "kaiming"],
        stability.NORM: ["none", "batch"],
        "seed": [0, 1, 2, 3, 4],
    }
    made_up_study.make(tmp_path / "stability", axes, score, {0: "failed", 1: "failed"})
    for folder in (tmp_path / "stability").glob("run*"):
        run = record.read(folder)
        run.config["trainer"] = {"max_epochs": 10}
        run.curves = {"val/loss": [0.066, 0.03 if run.metrics.get("test/mse") == 0.02 else 0.066]}
        record.write(run, folder)
    numbers = stability.tables(grid.read(tmp_path / "stability"))
    cells = numbers["cells"].groupby(stability.NORM)[["mean", "epochs"]].mean()
    assert (cells["mean"]["none"], cells["mean"]["batch"]) == (1, 0)
    assert cells["epochs"]["batch"] == pytest.approx(1 + (0.066 - 0.04) / (0.066 - 0.03))
    never = numbers["cells"][numbers["cells"][stability.NORM] == "none"]
    assert set(never[stability.EPOCHS]) == {"> 10 (5 of 5 never)"}
    assert set(never[lost_runs.RUNS]) == {"5 of 5 (0.57 to 1)"}
    assert set(numbers["speed_init"][stability.NORM]) == {"batch"}  # two bounds have no difference
    lost = numbers["lost"].set_index("factor")["holm"]
    assert lost[stability.NORM] < 1e-6 and lost[stability.INIT] > 0.05
