"""Noise in a run that was stopped and resumed."""

from narrows.run import run
from support.configs import tiny
from support.outcomes import same, weights_of


def test_a_resumed_run_draws_the_noise_of_the_whole_one(tmp_path):
    options = ("code=variational", "objective=bce", "model.dropout=0.2", "corruption=gaussian")
    run(tiny(*options, "trainer.max_epochs=3"), tmp_path / "whole")
    run(tiny(*options, "trainer.max_epochs=1"), tmp_path / "parts")
    run(tiny(*options, "trainer.max_epochs=3", "run.resume=true"), tmp_path / "parts")
    assert same(weights_of(tmp_path / "parts"), weights_of(tmp_path / "whole"))
