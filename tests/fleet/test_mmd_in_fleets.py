"""The term mmd, whose value depends on the whole batch and on a drawn sample, in fleets."""

import pytest

from narrows.fleet.fleet import Fleet
from narrows.fleet.member import Member
from narrows.runs.run_folder import LAST
from support.fleets import save
from support.kinds import DOUBLE, members
from support.parity import distance, farthest, most, together

MMD = ("objective.weights.mmd=10.0", "data.train_size=256")


def test_members_of_a_resumed_fleet_end_bit_for_bit_as_uninterrupted_ones(tmp_path):
    longer = members(*MMD, "trainer.max_epochs=3", count=2)
    for number, member in enumerate(together(members(*MMD, "trainer.max_epochs=1", count=2))):
        (tmp_path / f"{number}").mkdir()
        save(member, tmp_path / f"{number}")
    splits = most(longer)
    resumed = [Member(config, splits) for config in longer]
    for number, member in enumerate(resumed):
        member.restore(tmp_path / f"{number}" / LAST)
    for _ in Fleet(resumed, splits).epochs():
        pass
    for member, whole in zip(resumed, together(longer), strict=True):
        assert distance(member.autoencoder.state_dict(), whole.autoencoder.state_dict()) == 0
        for name in ("train/loss", "val/loss"):
            assert member.history.curves[name] == whole.history.curves[name]


@pytest.mark.parametrize("widths", ["[4]", "[3,9]"])
def test_codes_that_are_wider_than_the_layer_before_them(widths):
    """Where `orthogonal` compares the columns of some members' last matrix and the rows of others'."""
    terms = ("objective.weights.orthogonal=1.0", *MMD, f"model.widths={widths}", "trainer.max_epochs=1", DOUBLE)
    assert farthest(members(*terms)) == 0
    assert farthest(members(*terms), exact=False) < 1e-9
