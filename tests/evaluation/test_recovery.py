"""Recovery of known features: hand-computed cases, and controls on dictionaries that are trained."""

from math import sqrt

import pytest
import torch

import narrows
from narrows.data.sources import Images
from narrows.data.splits import splits_of
from narrows.errors import UserError
from narrows.evaluation.evaluate import evaluate
from narrows.evaluation.recovery import recovery
from narrows.evaluation.support.dictionary_units import directions, match
from narrows.fleet.train_together import train
from narrows.run import run
from narrows.seeds import generator
from support.dictionaries import dictionary, samples

ROOT = sqrt(0.5)
FEATURES = torch.eye(3)
COEFFICIENTS = torch.tensor([[1.0, 0, 0], [1.0, 1.0, 0], [0, 0, 1.0], [0, 1.0, 1.0]])


def images() -> Images:
    return samples(COEFFICIENTS, FEATURES)


def test_of_hand_computed_units():
    """Unit 0 is feature 1; unit 1 is between features 0 and 1; unit 2 is never active and is feature 2."""
    units = torch.tensor([[0, 5.0, 0], [ROOT, ROOT, 0], [0, 0, 0.1]])
    codes = torch.tensor([[0, 1.0, 0], [2.0, 1.0, 0], [3.0, 0, 0], [0, 0, 0]])
    metrics = recovery(dictionary(codes, units, images()), images(), images())
    metrics.pop("recovery_features_random")
    assert metrics == {
        "recovery_features": pytest.approx((ROOT + 1 + 1) / 3),
        "recovery_units": pytest.approx((1 + ROOT) / 2),  # of the two that are active
        "recovery_matched": pytest.approx((ROOT + 1 + 1) / 3),
        "recovery_found": pytest.approx(2 / 3),
        "recovery_precision": pytest.approx((1 + 1 / 2 + 0) / 3),  # unit 0: one of two images has feature 1
        "recovery_recall": pytest.approx((1 + 1 / 2 + 0) / 3),
    }


def test_no_two_features_have_the_same_unit():
    """Unit 0 is the nearest to both features, and unit 1 goes to the one that loses less."""
    units = torch.tensor([[1.0, 0.1], [0.9, -0.5]])
    units = units / units.norm(dim=1, keepdim=True)
    truth = samples(torch.eye(2), torch.eye(2)).truth
    matching = match(units, truth)
    assert sorted(zip(matching.units.tolist(), matching.features.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_features_without_a_unit_count_as_0():
    units, codes = torch.tensor([[1.0, 0, 0]]), COEFFICIENTS[:, :1]
    metrics = recovery(dictionary(codes, units, images()), images(), images())
    assert metrics["recovery_matched"] == metrics["recovery_found"] == pytest.approx(1 / 3)
    assert metrics["recovery_precision"] == metrics["recovery_recall"] == pytest.approx(1 / 3)
    assert metrics["recovery_units"] == 1


def test_the_true_dictionary_is_recovered_in_any_order():
    order = torch.tensor([2, 0, 1])
    metrics = recovery(dictionary(COEFFICIENTS[:, order], FEATURES[order], images()), images(), images())
    metrics.pop("recovery_features_random")
    assert metrics == dict.fromkeys(metrics, pytest.approx(1.0))


def test_the_direction_of_a_unit_does_not_depend_on_its_length_and_the_bias():
    autoencoder = dictionary(COEFFICIENTS, FEATURES, images())
    autoencoder.decoder.function = lambda codes: 3 * codes @ FEATURES + 7
    torch.testing.assert_close(directions(autoencoder, 3, torch.device("cpu")), FEATURES)


#: 64 features in 128 dimensions, three in a sample: nearly orthogonal.
EASY = (
    *("data=synthetic_dictionary", "data.features=64", "data.dimension=128", "data.active=3", "data.samples=13000"),
    *("data.val_size=200", "data.test_samples=1000", "trainer=cpu", "logger=none", "optimizer.lr=5e-3"),
    *("model=linear", "model.bottleneck=96", "model.unit_norm=true", "model.centred=true", "code.active=3"),
    *("objective.weights.aux_k=0.03", "trainer.max_epochs=8"),
)


@pytest.mark.parametrize("kind", ["topk", "batch_topk"])
def test_a_dictionary_with_the_right_k_recovers_the_features(kind):
    """At least 95 % of them at a mean max cosine of 0.95 (100 % and 1.00), in about a second."""
    config = narrows.configure(*EASY, f"code={kind}")
    splits = splits_of(config.data)
    (autoencoder,) = train([config], splits)
    metrics = recovery(autoencoder, splits.train, splits.test)
    assert metrics["recovery_found"] >= 0.95
    assert min(metrics["recovery_features"], metrics["recovery_units"], metrics["recovery_matched"]) >= 0.95
    assert min(metrics["recovery_precision"], metrics["recovery_recall"]) >= 0.95
    assert metrics["recovery_features_random"] <= 0.3


def test_a_random_dictionary_recovers_nothing():
    """At most 0.3: 0.22 for the largest of 96 cosines, 0.3 % of the features at 0.9."""
    config = narrows.configure(*EASY, "code=topk")
    splits = splits_of(config.data)
    random = narrows.build.build(config.model, config.code, (1, 1, 128), generator(0, "weights")).eval()
    metrics = recovery(random, splits.train, splits.test)
    assert metrics["recovery_features"] <= 0.3 and metrics["recovery_matched"] <= 0.3
    assert metrics["recovery_found"] == 0 and metrics["recovery_precision"] <= 0.2


def test_a_checkpoint_is_evaluated_on_the_samples_that_its_config_generates(tmp_path):
    names = ["reconstruction", "sparsity", "recovery"]
    small = ("data.samples=800", "data.batch_size=64", "trainer.max_epochs=1", f"evaluation=[{','.join(names)}]")
    recorded = run(narrows.configure(*EASY, "code=topk", *small), tmp_path).metrics
    evaluated = evaluate(tmp_path / "best.ckpt", "synthetic_dictionary", "nowhere", samples=1, names=names)
    assert {name: recorded[name] for name in evaluated} == evaluated
    with pytest.raises(UserError, match="evaluation=probe: needs labels"):
        evaluate(tmp_path / "best.ckpt", "synthetic_dictionary", "nowhere", samples=1, names=["probe"])
