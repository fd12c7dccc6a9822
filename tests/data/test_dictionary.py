"""Generated samples of known features: their ground truth is what they are made of, and the config decides them."""

import pytest
import torch

from narrows.config.dictionary_section import TOPICS, SyntheticDictionary
from narrows.data import dictionary
from narrows.data.splits import Splits, splits_of
from narrows.errors import UserError
from support.configs import configure

SMALL = ("data=synthetic_dictionary", "data.samples=6000", "data.val_size=1000", "data.test_samples=3000")
STRUCTURES = ("independent", "correlated", "hierarchical")


def section(*overrides: str) -> SyntheticDictionary:
    data = configure(*SMALL, *overrides).data
    assert isinstance(data, SyntheticDictionary)
    return data


def splits(*overrides: str) -> Splits:
    return splits_of(section(*overrides))


def fired(*overrides: str) -> torch.Tensor:
    truth = splits(*overrides).test.truth
    assert truth is not None
    return truth.coefficients > 0


@pytest.mark.parametrize("structure", STRUCTURES)
def test_samples_are_their_coefficients_times_unit_features(structure):
    test = splits(f"data.structure={structure}").test
    torch.testing.assert_close(test.truth.features.norm(dim=1), torch.ones(128))
    torch.testing.assert_close(test.truth.coefficients @ test.truth.features, test.pixels.flatten(1))
    assert test.truth[:5].coefficients.shape == (5, 128) and test[:5].truth.coefficients.shape == (5, 128)


def test_noise_has_its_standard_deviation():
    test = splits("data.noise=0.3").test
    left = test.pixels.flatten(1) - test.truth.coefficients @ test.truth.features
    assert left.std().item() == pytest.approx(0.3, rel=0.01)


@pytest.mark.parametrize("structure", ["independent", "correlated"])
def test_so_many_features_are_active_in_every_sample(structure):
    assert set(fired(f"data.structure={structure}", "data.active=7").sum(1).tolist()) == {7}


def test_frequencies_follow_the_power_of_the_rank():
    rates = fired("data.power=1.0", "data.active=1", "data.test_samples=20000").float().mean(0)
    expected = 1 / torch.arange(1, 129)
    torch.testing.assert_close(rates[:5], (expected / expected.sum())[:5], rtol=0.1, atol=0)
    even = fired("data.active=1").float().mean(0)
    assert even.max() < 3 / 128


def test_correlated_features_are_frequent_in_their_topic():
    test = splits("data.structure=correlated", "data.active=1").test
    chosen = test.truth.coefficients.argmax(1) % TOPICS
    share = (chosen == test.labels).float().mean().item()
    assert share == pytest.approx(20 / (20 + TOPICS - 1), abs=0.03)


def test_labels_are_counted_before_samples_are_drawn():
    data = section("data.structure=correlated", "data.samples=6001")
    labels = dictionary.topics(data, data.samples)
    assert list(data.entry.classes.values()) == labels.bincount().tolist()
    with pytest.raises(UserError, match="needs labels"):
        configure(*SMALL, "evaluation=[reconstruction,probe]")
    assert configure(*SMALL, "data.structure=correlated", "evaluation=[reconstruction,probe]")


def test_a_child_is_active_only_with_its_parent_and_without_its_brother():
    test = splits("data.structure=hierarchical").test
    active, parents = test.truth.coefficients > 0, test.truth.parents
    children = (parents >= 0).nonzero().squeeze(1)
    assert len(children) == 128 - 43 and active[:, ~(parents >= 0)].sum(1).eq(4).all()
    assert not (active[:, children] & ~active[:, parents[children]]).any()
    of_first = active[:, children[parents[children] == 0]]
    assert of_first.shape[1] == 2 and of_first.sum(1).max() == 1
    assert of_first.any(1).sum() / active[:, 0].sum() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_config_decides_every_number(structure):
    one, other = splits(f"data.structure={structure}"), splits(f"data.structure={structure}", "data.batch_size=64")
    assert one.train.pixels.data_ptr() != other.train.pixels.data_ptr()
    assert torch.equal(one.train.pixels, other.train.pixels) and torch.equal(one.test.pixels, other.test.pixels)
    assert not torch.equal(one.train.pixels[:3000], one.test.pixels)
    assert not torch.equal(one.test.pixels, splits(f"data.structure={structure}", "data.seed=1").test.pixels)


def test_more_samples_begin_with_the_same_ones():
    assert torch.equal(splits("data.samples=7000").train.pixels[:4096], splits().train.pixels[:4096])


CHANGES = ["features=100", "dimension=32", "active=3", "structure=correlated", "power=1.0", "noise=0.1", "seed=1"]


@pytest.mark.parametrize("change", [*CHANGES, "samples=6001", "test_samples=3001"])
def test_the_checksum_is_that_of_the_config(change):
    assert section(f"data.{change}").entry.checksum != section().entry.checksum
    assert section("data.batch_size=64").entry.checksum == section().entry.checksum


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (["data.active=129"], r"data\.active=129: 128 features can be active alone"),
        (["data.structure=hierarchical", "data.active=44"], r"data\.active=44: 43 features can be active alone"),
        (["data.structure=correlated", "data.features=7"], r"data\.features=7: structure=correlated has 8 topics"),
        (["model.output=sigmoid"], r"model\.output=sigmoid with numbers of data\.name=synthetic_dictionary"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_line(overrides, line):
    with pytest.raises(UserError, match=line):
        section(*overrides)
