"""Metrics of disentanglement: hand-computed values, codes that are the factors, random and rotated codes."""

import numpy as np
import pytest
import torch

from narrows.config.evaluation_needs import FACTORS
from narrows.config.evaluations import EVALUATIONS
from narrows.config.quantities import quantity
from narrows.data.splits import splits_of
from narrows.evaluation.by_name import evaluation
from narrows.evaluation.disentanglement import dci, factor_vae, mig, modularity, sap
from narrows.evaluation.disentanglement.mutual_information import mutual_information
from narrows.run import run
from support.configs import configure
from support.functions import autoencoder

METRICS = [name for name, row in EVALUATIONS.items() if FACTORS in row.needs]
PAIRS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 16)  # two binary factors in all combinations
BINARY = PAIRS.astype(np.float32)
SPRITES = (
    *("data=sprites", "data.side=16", "data.scales=3", "data.orientations=3", "data.positions=6"),
    *("data.test_size=300", "data.val_size=99", "trainer=cpu", "logger=none"),
)


def score(module, codes: np.ndarray) -> dict[str, float]:
    """Of codes for `PAIRS`, in training and test images."""
    function = {mig: mig._gap, modularity: modularity._score, sap: sap._gap, dci: dci._scores}.get(
        module, factor_vae._score
    )
    return function(codes, PAIRS, codes, PAIRS)


def rotated(codes: np.ndarray) -> np.ndarray:
    """The code turned by 45°."""
    return codes @ np.array([[1, -1], [1, 1]], np.float32) / np.sqrt(2, dtype=np.float32)


# --- Hand-computed values.


def test_mutual_information_of_binary_factors_in_nats():
    """A rotated code takes three values, with probabilities 1/4, 1/2, 1/4: its entropy is 1.5 ln 2, given one ln 2."""
    assert mutual_information(BINARY, PAIRS) == pytest.approx(np.log(2) * np.eye(2), abs=1e-12)
    assert mutual_information(rotated(BINARY), PAIRS) == pytest.approx(np.full((2, 2), np.log(2) / 2), abs=1e-12)


@pytest.mark.parametrize(
    ("codes", "value"),
    [
        (BINARY, 1.0),  # each factor has its number
        (rotated(BINARY), 0.0),  # two numbers tell half of each
        (BINARY[:, [0, 0, 1]], 0.5),  # two numbers tell the first factor
        (BINARY[:, [0]], 0.5),  # nothing tells the second
    ],
)
def test_mig_of_binary_factors(codes, value):
    assert score(mig, codes)["mig"] == pytest.approx(value)


@pytest.mark.parametrize(
    ("codes", "value"),
    [
        (BINARY, 1.0),
        (BINARY[:, [0, 0, 1]], 1.0),  # several numbers for a factor are modular
        (rotated(BINARY), 0.0),
        (np.hstack([BINARY, 0 * BINARY]), 0.5),  # numbers that tell nothing count as 0
    ],
)
def test_modularity_of_binary_factors(codes, value):
    assert score(modularity, codes)["modularity"] == pytest.approx(value, abs=1e-9)


def test_modularity_by_the_formula():
    assert modularity.of_each(np.array([[2.0, 1.0, 0.0]])) == pytest.approx(1 - (1 / 4) / 2)


@pytest.mark.parametrize(
    ("codes", "value"),
    [
        (BINARY, 0.5),  # 1 for the number of the factor, 1/2 by chance for the other
        (BINARY[:, [0, 0, 1]], 0.25),
    ],
)
def test_sap_of_binary_factors(codes, value):
    assert score(sap, codes)["sap"] == pytest.approx(value)


def test_sap_of_a_rotated_code_is_0():
    assert score(sap, rotated(BINARY))["sap"] == pytest.approx(0, abs=0.01)


def test_dci_of_importances():
    """The entropy of 3/4, 1/4 is 0.811 bits."""
    assert dci.disentanglement(np.eye(3)) == pytest.approx(1)
    assert dci.disentanglement(np.ones((4, 2))) == pytest.approx(0, abs=1e-6)
    assert dci.disentanglement(np.array([[3.0, 1.0], [1.0, 3.0]])) == pytest.approx(1 - 0.811278, abs=1e-5)
    rows = np.array([[3.0, 0.0], [1.0, 1.0]])  # 1 with weight 3, 0 with weight 2
    assert dci.disentanglement(rows) == pytest.approx(0.6)
    assert dci.disentanglement(np.ones((3, 1))) == 1


def test_dci_of_binary_factors():
    assert score(dci, BINARY) == pytest.approx(
        {"dci_disentanglement": 1, "dci_completeness": 1, "dci_informativeness": 1}
    )
    twice = score(dci, BINARY[:, [0, 0, 1]])
    assert twice["dci_disentanglement"] == pytest.approx(1) and twice["dci_completeness"] < 0.9
    assert score(dci, BINARY[:, [0]])["dci_informativeness"] == pytest.approx(0.75)


def test_votes_are_for_the_number_that_does_not_vary():
    votes = factor_vae.votes(BINARY, PAIRS, BINARY.var(0, ddof=1), 100, np.random.RandomState(0))
    assert votes.sum() == 100
    assert votes[0, 1] == votes[1, 0] == 0


@pytest.mark.parametrize(
    ("codes", "value"),
    [
        (BINARY, 1.0),
        (BINARY[:, [0]], 0.5),  # the only number always votes, and is right for one of two factors
        (0.04 * BINARY, 0.0),  # a standard deviation of 0.02: no number takes part
    ],
)
def test_the_score_of_factor_vae_of_binary_factors(codes, value):
    assert score(factor_vae, codes)["factor_vae"] == pytest.approx(value, abs=0.03)


# --- Controls on sprites, whose code is looked up by the image.


@pytest.fixture(scope="module")
def sprites():
    return splits_of(configure(*SPRITES).data)


def coded(splits, codes_of):
    """An autoencoder whose code of an image is `codes_of` its factors, found by its pixels."""
    pixels = torch.cat([part.pixels for part in splits]).flatten(1).float() / 255
    codes = codes_of(torch.cat([part.factors for part in splits]).float())
    places = {row.numpy().tobytes(): place for place, row in enumerate(pixels)}

    def encode(rows):
        return codes[[places[row.numpy().tobytes()] for row in rows]]

    return autoencoder(encode, lambda code: code, (1, 16, 16))


def noise(factors):
    return torch.randn(len(factors), 5, generator=torch.Generator().manual_seed(1))


def turned(factors):
    rotation, _ = torch.linalg.qr(torch.randn(5, 5, generator=torch.Generator().manual_seed(2)))
    return factors / factors.std(0) @ rotation


@pytest.mark.parametrize("name", METRICS)
def test_codes_that_are_the_factors_score_higher_than_rotated_and_random_ones(name, sprites):
    function = evaluation(name)
    best, rotation, random = (
        function(coded(sprites, codes), sprites) for codes in (lambda factors: factors, turned, noise)
    )
    for metric in (metric for metric in best if not metric.endswith("_pca")):
        assert quantity(f"test/{metric}").better == "higher"
        if metric not in ("dci_informativeness", "modularity"):  # not about rotation; biased upwards for no information
            assert best[metric] > rotation[metric] + 0.2 and best[metric] > random[metric] + 0.2, metric
    perfect = {"mig": 0.95, "dci_disentanglement": 0.95, "dci_completeness": 0.95, "dci_informativeness": 0.95}
    perfect |= {"modularity": 0.95, "factor_vae": 1.0}
    assert all(best[metric] >= perfect[metric] for metric in best.keys() & perfect.keys())


def test_random_codes_are_at_chance(sprites):
    model = coded(sprites, noise)
    assert evaluation("mig")(model, sprites)["mig"] < 0.05
    assert evaluation("sap")(model, sprites)["sap"] < 0.1
    assert evaluation("factor_vae")(model, sprites)["factor_vae"] == pytest.approx(0.2, abs=0.12)


def test_a_rotated_code_is_less_modular(sprites):
    modular, mixed = (evaluation("modularity")(coded(sprites, codes), sprites) for codes in (lambda f: f, turned))
    assert modular["modularity"] > mixed["modularity"] + 0.1


def test_a_run_records_all_of_them_with_those_of_pca(tmp_path):
    names = ",".join(METRICS)
    config = configure(*SPRITES, "data.train_size=300", "trainer.max_epochs=1", f"evaluation=[reconstruction,{names}]")
    metrics = run(config, tmp_path).metrics
    recorded = {"mig", "sap", "modularity", "factor_vae", *(name for name in metrics if "dci" in name)}
    for name in METRICS:
        quantities = [metric for metric in metrics if metric.startswith(f"test/{name}")]
        assert len(quantities) == (6 if name == "dci" else 2) and recorded
        assert all(0 <= metrics[metric] <= 1 for metric in quantities)


@pytest.mark.parametrize("name", METRICS)
def test_data_without_known_factors_are_refused(name):
    with pytest.raises(ValueError, match=f"evaluation={name}: needs images of two known factors or more"):
        configure("data=mnist5k", f"evaluation=[reconstruction,{name}]")
    with pytest.raises(ValueError, match="needs images of two known factors"):
        configure(
            *("data=sprites", "data.scales=1", "data.orientations=4", "data.positions=1", "data.classes=[heart]"),
            *("data.test_size=3", "data.val_size=0", "data.batch_size=1", f"evaluation=[reconstruction,{name}]"),
        )
