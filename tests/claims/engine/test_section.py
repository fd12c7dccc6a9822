"""From the records of studies to a section of the page."""

import numpy as np
import pytest

from narrows.claims import CLAIMS
from narrows.claims import activation_matters as activations
from narrows.claims import init_stabilises as stability
from narrows.claims import width_memorises as memorisation
from narrows.claims.engine.claim import claim
from narrows.claims.engine.section import section
from narrows.evaluation.support.foreign_images import FOREIGN
from narrows.runs import record
from narrows.stats.factors import BOTTLENECK
from support import made_up_study

AXES = {
    "memorisation": {BOTTLENECK: [2, 16, 128], memorisation.TRAIN: [100, 10000], "seed": [0, 1, 2]},
    "activations": {activations.ACTIVATION: ["relu", "tanh", "identity"], "seed": [0, 1, 2]},
    "stability": {
        stability.WIDTHS: [[8, 8], [8, 8, 8, 8]],
        stability.INIT: ["default", "kaiming"],
        stability.NORM: ["none", "batch"],
        "seed": [0, 1, 2],
    },
}
METRICS = {
    "memorisation": ["gap", "gap_pca", "nearest", "nearest_pca", "radius", "attractors"]
    + [f"mse_{kind}{end}" for kind in FOREIGN for end in ("", "_pca")],
    "activations": ["probe", "dead_units", "path_length", "path_peak", "jacobian_norm"],
    "stability": [],
}


@pytest.mark.parametrize("name", AXES)
def test_the_records_of_a_study_become_a_section(name, tmp_path):
    """From made-up records of the axes and metrics that the study has, to tables, a verdict and a figure."""
    made_up_study.make(tmp_path / name, AXES[name], made_up_study.noisy, {0: "failed"} if name == "stability" else {})
    for folder in (tmp_path / name).glob("run*"):
        run = record.read(folder)
        draw = np.random.default_rng([ord(letter) for letter in str(sorted(run.metrics.items())) + folder.name])
        run.metrics |= {f"test/{metric}": float(draw.uniform(0.1, 1)) for metric in METRICS[name]}
        run.config["trainer"] = {"max_epochs": 10}
        record.write(run, folder)
    number = next(number for number in CLAIMS if claim(number).name == name)
    part = section(claim(number), tmp_path, tmp_path)
    assert part.verdict.word != "open" and part.verdict.conditions.endswith(".")
    assert part.headline and (tmp_path / f"{name}.png").is_file()
    assert part.tables.keys() == set(part.claim.captions.values())


def test_a_claim_without_its_runs_is_open(tmp_path):
    part = section(claim(1), tmp_path, tmp_path)
    assert part.verdict.word == "open"
    assert "pca_linear, pca_mlp, pca_conv" in part.verdict.conditions
