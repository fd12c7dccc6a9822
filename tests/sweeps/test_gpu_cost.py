"""The cost of a fleet on a GPU: what was measured is reproduced, and what computes more takes longer."""

from pathlib import Path

import pytest

from narrows.sweeps import gpu_cost
from support.configs import configure


def fleet(*overrides: str, count: int = 256) -> list:
    config = configure("data=mnist", "trainer.max_epochs=20", *overrides)
    return [(config, Path(f"run{number}")) for number in range(count)]


def test_the_study_that_was_measured_takes_as_long_as_it_took():
    """256 runs of 20 epochs took 69.7 s on an H200, of which 18.3 s were steps."""
    assert gpu_cost.seconds([fleet()]) == pytest.approx(69.7, rel=0.2)


def test_a_small_fleet_takes_as_long_as_its_steps_and_fleets_train_one_after_the_other():
    small, two = gpu_cost.seconds([fleet(count=1)]), gpu_cost.seconds([fleet(count=1)] * 2)
    assert two - small == pytest.approx(small - gpu_cost.START)
    assert small > gpu_cost.START + 20 * 55_000 / 128 * gpu_cost.STEP


def test_convolutions_wider_layers_and_evaluations_take_longer():
    base = gpu_cost.seconds([fleet()])
    for override in ("model=conv", "model.widths=[512,256]", "evaluation=[reconstruction,probe]"):
        assert gpu_cost.seconds([fleet(override)]) > base
