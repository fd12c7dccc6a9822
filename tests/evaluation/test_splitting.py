"""Splitting and absorption: a parent with two children, served by units that are known."""

import pytest
import torch

from narrows.data.sources import Images
from narrows.data.splits import splits_of
from narrows.evaluation.splitting import splitting
from support.configs import configure
from support.dictionaries import dictionary, samples

FEATURES, PARENTS = torch.eye(3), [-1, 0, 0]
#: The parent alone twice, and with each child once.
COEFFICIENTS = torch.tensor([[1.0, 0, 0], [2.0, 0, 0], [1.0, 1.0, 0], [1.0, 0, 1.0]])


def images() -> Images:
    return samples(COEFFICIENTS, FEATURES, PARENTS)


def test_with_a_unit_for_each_feature_nothing_is_split_or_absorbed():
    assert splitting(dictionary(COEFFICIENTS, FEATURES, images()), images(), images()) == {
        "split_units": 1.0,
        "absorption": 0.0,
    }


def test_a_unit_for_parent_and_child_absorbs_the_parent():
    """Unit 1 stands for the parent with its first child, in whose image the parent's own unit is silent."""
    units = torch.tensor([[1.0, 0, 0], [1.0, 1.0, 0], [0, 0, 1.0]])
    codes = torch.tensor([[1.0, 0, 0], [2.0, 0, 0], [0, 1.0, 0], [1.0, 0, 1.0]])
    metrics = splitting(dictionary(codes, units, images()), images(), images())
    assert metrics == {"split_units": 2.0, "absorption": 0.5}


def test_a_silent_unit_alone_is_a_miss_and_no_absorption():
    codes = COEFFICIENTS.clone()
    codes[2] = 0
    metrics = splitting(dictionary(codes, FEATURES, images()), images(), images())
    assert metrics == {"split_units": 1.0, "absorption": 0.0}


def test_a_parent_without_a_unit_is_served_by_none():
    units = torch.tensor([[0, 1.0, 0], [0, 0, 1.0]])
    metrics = splitting(dictionary(COEFFICIENTS[:, 1:], units, images()), images(), images())
    assert metrics["split_units"] == 0


@pytest.mark.parametrize("absorbs", [False, True])
def test_on_generated_samples(absorbs):
    """Controls: the true code, and one in which each child's unit has taken over its parent."""
    size = ("data.features=12", "data.dimension=64", "data.active=1", "data.test_samples=400", "data.batch_size=16")
    data = configure("data=synthetic_dictionary", "data.structure=hierarchical", *size).data
    test = splits_of(data).test
    codes, units = test.truth.coefficients.clone(), test.truth.features.clone()
    if absorbs:
        children = test.truth.parents >= 0
        units[children] += units[test.truth.parents[children]]
        codes[:, ~children] *= ~(codes[:, children] > 0).any(1, keepdim=True)
    metrics = splitting(dictionary(codes, units, test), test, test)
    assert metrics["absorption"] == float(absorbs)
    assert metrics["split_units"] == (3 if absorbs else 1)
