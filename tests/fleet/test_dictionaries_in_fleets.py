"""Dictionaries in fleets: k × width × seed is one program, each member with its own k, threshold and dead units."""

from copy import deepcopy
from itertools import product

import pytest
import torch

from narrows.config.schema import Config
from narrows.data.splits import splits_of
from narrows.evaluation.support.reconstruction_errors import split_errors
from narrows.fleet.errors_together import errors_together
from narrows.fleet.grouping import check, program
from narrows.models.sparse_codes import Watched
from support.configs import configure, tiny
from support.kinds import DOUBLE
from support.parity import farthest, stacked, together

LAST_DIGITS = 1e-9
SYNTHETIC = (
    *("data=synthetic_dictionary", "data.features=16", "data.dimension=12", "data.samples=700", "data.val_size=100"),
    *("data.test_samples=100", "data.active=2", "trainer=cpu", "trainer.max_epochs=2", "logger=none"),
    *("model=linear", "model.unit_norm=true", "model.centred=true", "objective.weights.aux_k=0.03"),
    *("objective.aux_k.units=4", "code.dead_after=3", "optimizer.lr=0.01"),
)


def grid(kind: str, *overrides: str, actives=(1, 2, 3, 5), widths=(5, 8, 13, 16), seeds=range(4)) -> list[Config]:
    """A dictionary of each number of active units, width and seed."""
    first = configure(*SYNTHETIC, f"code={kind}", "code.active=1", "model.bottleneck=5", *overrides).model_dump()
    configs = []
    for active, width, seed in product(actives, widths, seeds):
        values = deepcopy(first)
        values["code"]["active"], values["model"]["bottleneck"], values["seed"] = active, width, seed
        configs.append(Config.parse(values))
    return configs


@pytest.mark.parametrize("kind", ["topk", "batch_topk"])
def test_64_dictionaries_are_one_fleet_equal_to_64_runs(kind):
    configs = grid(kind, "code.resample=1")
    assert len(configs) == 64 and len({program(config) for config in configs}) == 1
    assert farthest(configs) == 0


@pytest.mark.parametrize("annealing", [0, 7])
@pytest.mark.parametrize("kind", ["sparse", "topk", "batch_topk"])
def test_stacked_members_differ_in_the_last_digits(kind, annealing):
    without = ("objective.weights.aux_k=0.0",) if kind == "sparse" else (f"code.annealing={annealing}",)
    overrides = [key for key in SYNTHETIC if not key.startswith("code.")] if kind == "sparse" else SYNTHETIC
    first = configure(*overrides, f"code={kind}", "code.active=1", "model.bottleneck=5", DOUBLE, *without).model_dump()
    configs = []
    for active, width in ((1, 5), (5, 5), (3, 13), (13, 13), (2, 8)):
        values = deepcopy(first)
        values["code"]["active"], values["model"]["bottleneck"] = active, width
        configs.append(Config.parse(values))
    assert farthest(configs, exact=False) < LAST_DIGITS
    assert farthest(configs) == 0


def test_members_of_one_width_have_their_own_k_as_well():
    configs = grid("batch_topk", DOUBLE, widths=(8,), seeds=(0,))
    assert farthest(configs, exact=False) < LAST_DIGITS and farthest(configs) == 0


def test_initial_thresholds_are_a_members_own():
    configs = [tiny("code=jumprelu", DOUBLE, f"code.threshold={threshold}") for threshold in (0.05, 0.1, 0.4)]
    check(configs)
    assert farthest(configs, exact=False) < LAST_DIGITS and farthest(configs) == 0


@pytest.mark.parametrize(
    "other",
    ["code.annealing=3", "code.dead_after=9", "code.resample=2", "objective.aux_k.units=2", "model.centred=false"],
)
def test_what_else_is_set_makes_another_fleet(other):
    (one, *_), (another, *_) = grid("topk"), grid("topk", other)
    assert program(one) != program(another)


@pytest.mark.parametrize("exact", [True, False])
def test_each_member_has_dead_units_of_its_own(exact):
    configs = grid("topk", DOUBLE, actives=(1, 3), widths=(5, 16), seeds=(0,))
    members = together(configs, exact)
    for member in members:
        code = member.autoencoder.code
        assert isinstance(code, Watched) and code.silent.shape == (member.width,)
        assert code.steps.item() == 2 * member.steps
        assert member.history.curves["l0"][-1] <= member.config.code.active
        assert 0 <= member.history.curves["silent_units"][-1] < member.width
    assert len({str(member.autoencoder.code.silent.tolist()) for member in members}) > 1


def test_the_number_of_active_units_of_a_stack_is_no_part_of_a_members_state():
    fleet = stacked(grid("topk", actives=(1, 3), widths=(5, 16), seeds=(0,)))
    assert fleet.stack.tensors["code.active"].flatten().tolist() == [1, 3, 1, 3]  # sorted by width
    for row, member in enumerate(fleet.members):
        assert fleet.stack.member(row).keys() == member.autoencoder.state_dict().keys()


def test_padded_units_are_neither_active_nor_dead():
    configs = grid("batch_topk", actives=(1,), widths=(5, 16), seeds=(0,))
    fleet = stacked(configs)
    for _ in fleet.epochs():
        if fleet.members:
            code = fleet.stack.widest.code.kind
            with torch.no_grad():
                tensors = {name.removeprefix("code."): value for name, value in fleet.stack.tensors.items()}
                silent, mask = tensors["silent"], tensors["mask"].squeeze(1)
            assert isinstance(code, Watched) and silent.shape == mask.shape == (2, 16)
            assert not tensors["threshold"].le(0).any()


def test_errors_of_members_together_are_those_of_each():
    """Stacked for evaluation, each member has its own number of active units too."""
    configs = grid("batch_topk", actives=(1, 3), widths=(5, 16), seeds=(0,))
    splits = splits_of(configs[0].data)
    autoencoders = [member.trained() for member in together(configs)]
    stacked_errors = errors_together(autoencoders, [len(splits.train)] * len(autoencoders), splits)
    for autoencoder, errors in zip(autoencoders, stacked_errors, strict=True):
        torch.testing.assert_close(errors.test, split_errors(autoencoder, splits).test)
