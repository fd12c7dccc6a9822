"""The term mmd, whose value depends on the whole batch and on a drawn sample, in fleets."""

import pytest

from support.fleets import interrupted_and_whole
from support.kinds import DOUBLE, members
from support.parity import distance, farthest

MMD = ("objective.weights.mmd=10.0", "data.train_size=256")


def test_members_of_a_resumed_fleet_end_bit_for_bit_as_uninterrupted_ones(tmp_path):
    for member, whole in interrupted_and_whole(tmp_path, *MMD):
        assert distance(member.autoencoder.state_dict(), whole.autoencoder.state_dict()) == 0
        for name in ("train/loss", "val/loss"):
            assert member.history.curves[name] == whole.history.curves[name]


@pytest.mark.parametrize("widths", ["[4]", "[3,9]"])
def test_codes_that_are_wider_than_the_layer_before_them(widths):
    """Where `orthogonal` compares the columns of some members' last matrix and the rows of others'."""
    terms = ("objective.weights.orthogonal=1.0", *MMD, f"model.widths={widths}", "trainer.max_epochs=1", DOUBLE)
    assert farthest(members(*terms)) == 0
    assert farthest(members(*terms), exact=False) < 1e-9
