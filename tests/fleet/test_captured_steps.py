"""Steps of stacked members repeat as a graph: their operations on the same memory, and nothing of Python."""

import pytest
import torch

from narrows.bench.choices import precisions
from support.configs import tiny
from support.kinds import COVERING, DOUBLE, KINDS, members, others_slow
from support.parity import distance, farthest, loop, stacked, together
from support.recorded_graph import recorded

SHORT = ("data.train_size=150", "data.batch_size=32", "data.val_size=150")  # five minibatches, the last one smaller


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_replayed_a_fleet_ends_as_a_plain_loop(kind):
    """Over three epochs, so that rates, orders, noise and weights of terms change between replays."""
    with recorded() as graphs:
        assert farthest(members(*SHORT, DOUBLE, "trainer.max_epochs=3", *kind, count=2), exact=False) < 1e-9
    repeated = [graph for graph in graphs if graph.calls >= 3]
    assert len(graphs) >= 4 and all(graph.operations for graph in repeated)
    assert repeated == graphs or "code.resample=1" in kind  # then each epoch has a fleet, and graphs, of its own


@pytest.mark.parametrize("precision", others_slow(precisions(), "32-true"))
@pytest.mark.parametrize("kind", COVERING, ids=" ".join)
def test_replays_change_no_number(kind, precision):
    if precision == "bf16-mixed" and "model.norm=batch" in kind:
        pytest.skip("torch's batch norm of stacked bfloat16 numbers runs on a GPU only")
    configs = members(*SHORT, f"trainer.precision={precision}", "trainer.max_epochs=3", *kind, count=2)
    plain = together(configs, exact=False)
    with recorded():
        replayed = together(configs, exact=False)
    for member, other in zip(plain, replayed, strict=True):
        assert distance(member.autoencoder.state_dict(), other.autoencoder.state_dict()) == 0
        curves = set(member.history.curves) - {"seconds", "images_per_second"}
        assert all(member.history.curves[name] == other.history.curves[name] for name in curves)


def test_members_that_end_and_members_with_fewer_images():
    sizes, epochs = (150, 65, 128), (3, 5, 4)
    different = [
        tiny(*SHORT, DOUBLE, "schedule=cosine", f"data.train_size={size}", f"trainer.max_epochs={count}")
        for size, count in zip(sizes, epochs, strict=True)
    ]
    with recorded():
        for member in together(different, exact=False):
            assert distance(member.autoencoder.state_dict(), loop(member.config, by_counter=True)) < 1e-9


def test_the_orders_of_members_with_equal_seeds_are_one():
    configs = [
        config.model_copy(update={"seed": seed}) for config, seed in zip(members(count=4), (1, 0, 1, 0), strict=True)
    ]
    assert stacked(configs).engine.orders.table.shape == (2, 512)
    assert farthest([config.model_copy() for config in configs], exact=False) < 1e-4  # in float32


def test_drawing_the_next_orders_leaves_those_of_this_epoch():
    configs = members(count=2)
    orders = stacked(configs).engine.orders
    orders.begin()
    before = orders.table.clone()
    orders.prepare()
    assert torch.equal(orders.table, before)
    orders.begin()
    assert not torch.equal(orders.table, before)
