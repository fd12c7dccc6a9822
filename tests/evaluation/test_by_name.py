"""Evaluations by their names."""

import pytest

import narrows
from narrows.config.evaluation_needs import TRUTH
from narrows.config.evaluations import EVALUATIONS
from narrows.data.splits import Splits, split
from narrows.errors import UserError
from narrows.evaluation import denoising
from narrows.evaluation.by_name import evaluation
from support.configs import configure, data_folder
from support.factors import with_factors


@pytest.mark.parametrize("name", EVALUATIONS)
def test_every_evaluation_has_a_function_whose_docstring_names_its_quantities(name):
    assert len(evaluation(name).__doc__) > 40


@pytest.mark.slow
def test_every_evaluation_is_a_function_of_model_and_images(trained, digits, monkeypatch):
    """Quantities have different names in all of them, since one record holds them all."""
    monkeypatch.setenv("NARROWS_DATA_DIR", data_folder("fashion_mnist"))
    monkeypatch.setattr(denoising, "MOST", 20)
    autoencoder = narrows.load(trained.folder / "best.ckpt")
    splits = Splits(*map(with_factors, split(digits, 500, 512, classes=range(5))))  # five digits are anomalies
    names = [name for name, row in EVALUATIONS.items() if not row.of_bound and TRUTH not in row.needs]
    metrics = [evaluation(name)(autoencoder, splits) for name in names]
    quantities = [quantity for values in metrics for quantity in values]
    assert all(metrics) and len(set(quantities)) == len(quantities)
    assert all(isinstance(value, float) for values in metrics for value in values.values())


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ("[reconstruction,taste]", "evaluation=taste: choose from reconstruction"),
        ("[reconstruction,reconstruction]", "reconstruction is given twice"),
        ("[]", "reconstruction is missing, which every report needs"),
    ],
)
def test_an_evaluation_that_does_not_exist_is_refused(names, line):
    with pytest.raises(UserError, match=line):
        configure(f"evaluation={names}")


def test_evaluations_are_part_of_a_runs_identity():
    """A record with fewer evaluations does not count as the same run."""
    config = configure()
    assert config.model_copy(update={"evaluation": []}).fingerprint() != config.fingerprint()
