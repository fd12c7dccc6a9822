"""Claim 4: each verdict is possible, and which runs are lost."""

import pytest

from narrows.claims import init_stabilises as stability
from narrows.claims.engine import lost_runs
from narrows.runs import record
from narrows.stats import grid
from narrows.stats.inference import NO_DIFFERENCE
from support import made_up_numbers as made_up
from support import made_up_study


def effects(share: float = 0.0, **words: str) -> dict:
    rows = {name: {(8, "x", "y"): (1.0, words.get(name, NO_DIFFERENCE))} for name in stability.EFFECTS}
    keys = [stability.DEPTH, stability.NORM, stability.INIT]
    cells = {"cells": made_up.means(keys, {(8, "x", "y"): share, (2, "x", "y"): share})}
    return {name: made_up.differences(keys, row) for name, row in rows.items()} | cells


def test_effects_say_where_and_how():
    sentence = stability.judge(effects(speed_norm="lower", share=0.5)).conditions
    assert "initialisation changes speed in 0 of 1 comparisons;" in sentence
    assert "normalisation changes speed in 1 of 1 comparisons (8 hidden layers: fewer with x);" in sentence
    assert sentence.endswith("Of 6 runs 3 were lost.")


@pytest.mark.parametrize(
    ("numbers", "word"),
    [
        (effects(**dict.fromkeys(stability.EFFECTS, "lower")), "supported"),
        (effects(speed_norm="lower"), "mixed"),
        (effects(), "not supported"),
        (effects(share=1.0), "open"),
    ],
)
def test_stability_and_speed(numbers, word):
    assert stability.judge(numbers).word == word


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
    numbers = stability.measure({"stability": grid.read(tmp_path / "stability")})
    cells = numbers["cells"].groupby(stability.NORM)[["mean", "epochs"]].mean()
    assert (cells["mean"]["none"], cells["mean"]["batch"]) == (1, 0)
    assert cells["epochs"]["batch"] == pytest.approx(1 + (0.066 - 0.04) / (0.066 - 0.03))
    never = numbers["cells"][numbers["cells"][stability.NORM] == "none"]
    assert set(never[stability.EPOCHS]) == {"> 10 (5 of 5 never)"}
    assert set(never[lost_runs.RUNS]) == {"5 of 5 (0.57 to 1)"}
    assert set(numbers["speed_init"][stability.NORM]) == {"batch"}  # two bounds have no difference
    assert set(numbers["lost_norm"]["verdict"]) == {"lower"}
    assert "normalisation changes stability in 2 of 2" in stability.judge(numbers).conditions
