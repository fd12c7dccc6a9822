"""Which runs train together: what members may have for themselves, and how groups are split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.fleet.grouping import SOLO, check, fleets, program, why_alone
from support.configs import configure, tiny

MEMBER_KNOBS = [
    ("seed=3",),
    ("model.bottleneck=7",),
    ("optimizer.lr=0.5",),
    ("optimizer.weight_decay=0.1",),
    ("data.train_size=256",),
    ("trainer.max_epochs=9",),
    ("logger=tensorboard",),
]
SHARED = [
    ("model.widths=[16]",),
    ("model.activation=gelu",),
    ("model.norm=layer",),
    ("model.init=xavier",),
    ("model.tied=true",),
    ("model=linear",),
    ("model=conv",),
    ("code=sparse",),
    ("code.activation=tanh",),
    ("corruption=masking",),
    ("objective=l1",),
    ("objective.weights.code_l1=0.1",),
    ("optimizer=sgd",),
    ("schedule=cosine",),
    ("data.batch_size=64",),
    ("data.val_size=250",),
    ("data=mnist", "data.train_size=512"),
    ("trainer.precision=64-true",),
]


@pytest.mark.parametrize("own", MEMBER_KNOBS, ids=" ".join)
def test_what_a_member_has_for_itself(own):
    assert program(tiny(*own)) == program(tiny())


@pytest.mark.parametrize("shared", SHARED, ids=" ".join)
def test_what_makes_another_fleet(shared):
    assert program(tiny(*shared)) != program(tiny())


@pytest.mark.parametrize(
    ("with_it", "own"),
    [
        (("objective.weights.code_l1=0.1",), "objective.weights.code_l1=0.2"),
        (("code=variational", "objective=bce"), "objective.weights.kl=4.0"),
        (("code=variational", "objective=bce"), "objective.kl_warmup=3"),
        (("corruption=gaussian",), "corruption.level=0.3"),
        (("model.norm=batch",), "data.train_size=256"),
        (("objective.weights.orthogonal=0.1",), "model.bottleneck=7"),
    ],
)
def test_weights_of_terms_and_levels_of_noise_are_a_members_own(with_it, own):
    assert program(tiny(*with_it)) == program(tiny(*with_it, own))


@pytest.mark.parametrize(
    ("with_it", "shared"),
    [
        (("data.val_size=0",), "data.train_size=256"),
    ],
)
def test_what_is_a_members_own_only_without_some_choices(with_it, shared):
    assert program(tiny(*with_it)) != program(tiny(*with_it, shared))


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        (["model.activation=relu", "model.activation=tanh"], r"for their model.activation \(relu, tanh\)$"),
        (["model=conv", "model=mlp"], r"for their model.channels \(.*\), model.kernel .*model.name \(conv, mlp\)"),
        (["trainer.precision=16-mixed", "seed=1"], "no fleet can train this: trainer.precision=16-mixed"),
    ],
)
def test_what_cannot_train_together_says_why(overrides, why):
    with pytest.raises(ValueError, match=why):
        check([tiny(one) for one in overrides])


def test_the_table_of_those_that_train_alone():
    """Every entry is reached, and the kinds of the slots are none of them."""
    assert why_alone(tiny("trainer.precision=16-mixed")) == SOLO[0].why and len(SOLO) == 1
    assert not any(map(why_alone, (tiny(*choice) for choice in (*MEMBER_KNOBS, *SHARED, ("pretrain=layerwise",)))))


@given(st.lists(st.sampled_from(["relu", "gelu", "tanh"]), min_size=1, max_size=80), st.integers(1, 4), st.data())
def test_every_run_is_in_one_fleet_of_its_own_kind(activations, processes, data):
    max_size = data.draw(st.none() | st.integers(1, 40))
    configs = [configure(f"model.activation={name}") for name in activations]
    found = fleets(configs, processes, max_size)
    assert sorted(position for fleet in found for position in fleet) == list(range(len(configs)))
    assert all(len({activations[position] for position in fleet}) == 1 for fleet in found)
    assert max(map(len, found)) <= (max_size or len(configs))


def test_one_group_is_shared_among_the_processes():
    sizes = [len(fleet) for fleet in fleets([tiny()] * 60, processes=2, max_size=None)]
    assert sizes == [30, 30]
    assert [len(fleet) for fleet in fleets([tiny()] * 8, processes=4, max_size=None)] == [8]  # over in no time
    assert [len(fleet) for fleet in fleets([tiny("trainer.max_epochs=100")] * 9, processes=4, max_size=None)] == [5, 4]
    long = tiny("trainer.max_epochs=400")
    assert [len(fleet) for fleet in fleets([long] * 8, processes=4, max_size=None)] == [2, 2, 2, 2]
    assert [len(fleet) for fleet in fleets([tiny()] * 10, processes=1, max_size=3)] == [3, 3, 2, 2]
    assert [len(fleet) for fleet in fleets([tiny()] * 256, processes=1, max_size=256)] == [256]
