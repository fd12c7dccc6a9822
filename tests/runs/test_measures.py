"""Codes that are watched while training, and how many of their units are active."""

import pytest
import torch

from narrows.build import build
from narrows.data.sources import as_floats
from narrows.run import run
from narrows.runs.measures import active_units, codes
from narrows.seeds import generator
from support.configs import tiny


def test_a_unit_is_active_when_it_tells_images_apart():
    numbers = torch.randn(2, 1000, 4, generator=torch.Generator().manual_seed(0))
    scales = torch.tensor([[1.0, 0.11, 0.09, 0.0], [1.0, 1.0, 1.0, 0.0]])
    assert active_units(numbers * scales.unsqueeze(1)).tolist() == [2, 3]
    assert active_units(numbers[0] * scales[0] + 5) == 2


@pytest.mark.parametrize("norm", ["none", "batch"])
def test_looking_at_codes_changes_nothing(splits, norm):
    config = tiny(f"model.norm={norm}", "model.dropout=0.5")
    autoencoder = build(config.model, config.code, (1, 28, 28), generator(0, "weights")).train()
    before = {name: value.clone() for name, value in autoencoder.state_dict().items()}
    found = codes(autoencoder, splits.val.pixels[:50])
    assert autoencoder.training
    assert all(torch.equal(before[name], value) for name, value in autoencoder.state_dict().items())
    torch.testing.assert_close(found, autoencoder.eval().encode(as_floats(splits.val.pixels[:50])).detach())


def test_a_collapsed_variational_code_has_no_active_unit(tmp_path):
    collapsed = run(tiny("code=variational", "objective=bce", "objective.weights.kl=100.0"), tmp_path)
    assert collapsed.curves["active_units"][-1] == 0


def test_where_nothing_is_held_out_training_images_tell_which_units_are_active(tmp_path):
    result = run(tiny("data.val_size=0", "model.bottleneck=8", "model.widths=[64]", "trainer.max_epochs=5"), tmp_path)
    assert 1 <= result.curves["active_units"][-1] <= 8
