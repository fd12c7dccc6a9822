"""The maximum mean discrepancy: its formula, its expectation, its sample, and what it does to codes."""

from math import sqrt

import numpy as np
import pytest
import torch

from narrows.models.autoencoder import Reconstruction
from narrows.models.heads import Pointwise
from narrows.objective.terms import Given, mmd
from narrows.run import run
from narrows.runs import checkpoint
from narrows.seeds import FixedNoise, generator
from support.configs import tiny

BANDWIDTHS = [0.2, 0.4, 1.0, 2.0, 4.0, 10.0, 20.0]


def values(codes: torch.Tensor, sample: torch.Tensor) -> torch.Tensor:
    output = Reconstruction(Pointwise("linear"), codes, codes)
    return mmd(None, output, Given(codes.shape[-1], sample, {"bandwidths": BANDWIDTHS}))


def drawn(count: int, numbers: int, name: str) -> torch.Tensor:
    return torch.randn(count, numbers, generator=generator(0, name), dtype=torch.float64)


def test_its_mean_is_the_unbiased_estimate_with_the_kernels_of_the_wasserstein_autoencoder():
    """C = scale · 2 · k for scales 0.1 to 10: Tolstikhin et al. 2018, section 4 and their code."""
    codes, sample, total, n = 2 * drawn(6, 3, "codes").numpy() + 1, drawn(6, 3, "sample").numpy(), 0.0, 6
    for scale in (0.1, 0.2, 0.5, 1, 2, 5, 10):
        spread = scale * 2 * 3
        for i, j in np.ndindex(n, n):
            across = spread / (spread + np.square(codes[i] - sample[j]).sum())
            among = spread / (spread + np.square(codes[i] - codes[j]).sum())
            within = spread / (spread + np.square(sample[i] - sample[j]).sum())
            total += -2 * across / n**2 + (among + within) / (n * (n - 1)) * (i != j)
    found = values(torch.from_numpy(codes), torch.from_numpy(sample))
    assert found.shape == (6,)
    assert float(found.mean()) == pytest.approx(total, rel=1e-12)


def test_it_is_0_on_average_for_normal_codes_and_not_for_others():
    estimates = torch.stack([values(drawn(64, 4, f"codes{i}"), drawn(64, 4, f"sample{i}")).mean() for i in range(200)])
    error = float(estimates.std()) / sqrt(len(estimates))
    assert abs(float(estimates.mean())) < 4 * error
    for other in (drawn(64, 4, "codes") + 1, 2 * drawn(64, 4, "codes"), torch.zeros(64, 4).double()):
        assert float(values(other, drawn(64, 4, "sample")).mean()) > 20 * error


def test_large_codes_and_a_single_image_stay_finite():
    assert values(1e4 * drawn(8, 3, "codes"), drawn(8, 3, "sample")).isfinite().all()
    assert values(drawn(1, 3, "codes"), drawn(1, 3, "sample")).isfinite().all()


def test_the_sample_of_validation_is_the_same_each_time():
    noise, like = FixedNoise(), torch.empty(5, 3)
    first, second = noise.normal(like, True), noise.normal(like, True)
    assert torch.equal(first, FixedNoise().normal(like, True))
    assert not torch.equal(first, second)  # the noise of a code and the sample that it is compared with


def test_a_resumed_run_draws_the_sample_that_it_would_have(tmp_path):
    weight = ("objective.weights.mmd=10.0", "schedule=constant")
    whole = run(tiny(*weight, "trainer.max_epochs=3"), tmp_path / "whole")
    run(tiny(*weight, "trainer.max_epochs=1"), tmp_path / "parts")
    parts = run(tiny(*weight, "trainer.max_epochs=3", "run.resume=true"), tmp_path / "parts")
    assert parts.curves["train/loss"] == whole.curves["train/loss"]
    assert parts.curves["val/loss"] == whole.curves["val/loss"]
    states = [checkpoint.load(tmp_path / name / "last.ckpt").state_dict() for name in ("whole", "parts")]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_it_brings_the_codes_closer_to_the_normal_distribution(tmp_path, splits):
    images, discrepancies = splits.test.pixels[:400].float() / 255, {}
    for weight in (0.0, 10.0):
        config = tiny("data.train_size=1000", "trainer.max_epochs=6", f"objective.weights.mmd={weight}")
        run(config, tmp_path / str(weight))
        codes = checkpoint.load(tmp_path / str(weight) / "best.ckpt").encode(images).detach().double()
        discrepancies[weight] = float(values(codes, drawn(400, 3, "sample")).mean())
    assert discrepancies[10.0] < 0.5 * discrepancies[0.0]
