"""Noise in a run that was stopped and resumed."""

import pytest

from narrows.run import run
from support.configs import tiny
from support.outcomes import same, weights_of
from support.parity import distance, drawing, loop

OPTIONS = ("code=variational", "objective=bce", "model.dropout=0.2", "corruption=gaussian")
DISTRIBUTIONS = ("code=variational", "objective=bce", "posterior=iaf", "prior=flow", "bound=iwae", "bound.samples=3")


@pytest.mark.parametrize(
    "options", [OPTIONS, (*DISTRIBUTIONS, "data.binarise=dynamic")], ids=["noise", "distributions"]
)
@pytest.mark.parametrize("by_counter", [False, True])
def test_a_resumed_run_draws_the_noise_of_the_whole_one(tmp_path, by_counter, options):
    with drawing(by_counter):
        run(tiny(*options, "trainer.max_epochs=3"), tmp_path / "whole")
        run(tiny(*options, "trainer.max_epochs=1"), tmp_path / "parts")
        run(tiny(*options, "trainer.max_epochs=3", "run.resume=true"), tmp_path / "parts")
    assert same(weights_of(tmp_path / "parts"), weights_of(tmp_path / "whole"))


@pytest.mark.parametrize("by_counter", [False, True])
def test_a_run_draws_what_a_plain_loop_draws(tmp_path, by_counter):
    with drawing(by_counter):
        run(tiny(*OPTIONS), tmp_path)
    expected = {f"autoencoder.{name}": value for name, value in loop(tiny(*OPTIONS), by_counter).items()}
    assert distance(weights_of(tmp_path), expected) == 0
