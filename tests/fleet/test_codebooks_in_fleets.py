"""Codebooks, which no gradient moves, in fleets: as in the run alone, for members of any width, and when continued."""

import pytest

from narrows.run import run
from support.configs import tiny
from support.fleets import interrupted_and_whole
from support.kinds import DOUBLE, members
from support.outcomes import checkpoint_of, same
from support.parity import distance, farthest, together

KINDS = [
    ("code=vector_quantised", "code.entries=16"),
    ("code=residual_quantised", "code.entries=16", "code.stages=3"),
]
SMALL = ("data.train_size=256",)


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_members_of_a_resumed_fleet_end_bit_for_bit_as_uninterrupted_ones(kind, tmp_path):
    for member, whole in interrupted_and_whole(tmp_path, *kind, *SMALL):
        assert distance(member.autoencoder.state_dict(), whole.autoencoder.state_dict()) == 0
        assert same(member.best, whole.best)
        assert member.history.curves["perplexity"] == whole.history.curves["perplexity"]


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_curves_and_the_best_codebook_are_those_of_the_run_alone(kind, tmp_path):
    configs = members(*kind, *SMALL, count=2)
    for number, member in enumerate(together(configs)):
        folder = tmp_path / f"{number}"
        record = run(member.config, folder)
        assert member.history.curves["perplexity"] == record.curves["perplexity"]
        state = checkpoint_of(folder, "best")["state_dict"]
        assert same(member.best, {name.removeprefix("autoencoder."): value for name, value in state.items()})


@pytest.mark.parametrize("exact", [True, False])
def test_codes_of_several_vectors_and_of_several_widths(exact):
    """Vectors of 1, 2 and 4 numbers, padded to 4."""
    kind = ("code=vector_quantised", "code.entries=16", "code.vectors=2", DOUBLE, *SMALL)
    configs = [tiny(*kind, f"seed={seed}", f"model.bottleneck={width}") for seed, width in enumerate((4, 2, 8))]
    assert farthest(configs, exact) <= (0 if exact else 1e-9)
