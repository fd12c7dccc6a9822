"""Bounds from several codes of each image: validated in passes of few images, the same in a fleet as in a run alone."""

import pytest
from torch import nn

from narrows.data import batches
from narrows.run import run
from support.kinds import members
from support.parity import together

ROWS = 64
BOUND = ("code=variational", "objective=bce", "bound=iwae", "bound.samples=5", "data.val_size=100")


@pytest.fixture
def decoded(monkeypatch) -> list[int]:
    """The numbers of rows of each pass without gradients through a linear layer, with passes of at most `ROWS`."""
    monkeypatch.setattr(batches, "WHOLE", ROWS)
    rows, forward = [], nn.Linear.forward

    def counted(layer, x):
        if not layer.training:
            rows.append(len(x))
        return forward(layer, x)

    monkeypatch.setattr(nn.Linear, "forward", counted)
    return rows


def test_validation_decodes_as_many_codes_in_a_pass_as_other_objectives_have_images(decoded, tmp_path):
    configs = members(*BOUND, "trainer.max_epochs=2", count=2)
    fleet = together(configs)
    assert max(decoded) == ROWS // 5 * 5
    for number, member in enumerate(fleet):
        record = run(member.config, tmp_path / f"{number}")
        assert member.history.curves["val/loss"] == record.curves["val/loss"]
    assert ROWS * 5 not in decoded


def test_passes_of_few_images_have_one_at_least():
    assert [batches.images_of_pass(codes) for codes in (1, 3, 1000, 5000)] == [1000, 333, 1, 1]
