"""The table of evaluations: what each needs is checked before training, with one message wherever it is asked."""

import importlib.util

import numpy as np
import pytest

from narrows.config import evaluation_needs
from narrows.config.evaluation_needs import DataTraits, Need
from narrows.config.evaluations import EVALUATIONS, compare_labels, listing, unmet_need
from narrows.config.knobs import knobs
from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.evaluation.by_name import evaluation
from support.configs import configure

MNIST5K = configure("data=mnist5k").model_dump()
DIGITS = DataTraits(pixels=True, shape=(1, 28, 28), labels=True, unseen=False, several=True, train=4000, test=500)
EVERYTHING = DIGITS._replace(unseen=True, truth=True, hierarchy=True, factors=True)

#: Evaluations that need nothing of the data.
ALWAYS = {"reconstruction", "memorisation", "units", "smoothness", "sparsity"}

#: Data that lack one thing, and the evaluations that cannot be computed on them.
LACKING = {
    "pixels": (EVERYTHING._replace(pixels=False), {"copying", "foreign", "denoising", "compression", "generation"}),
    "size": (EVERYTHING._replace(shape=(1, 1, 64)), {"copying", "foreign", "denoising"}),
    "another size": (EVERYTHING._replace(shape=(3, 32, 32)), {"copying", "foreign"}),
    "labels": (
        EVERYTHING._replace(labels=False),
        {"probe", "neighbours", "clusters", "anomaly", "few_labels", "downstream", "generation"},
    ),
    "unseen": (EVERYTHING._replace(unseen=False), {"anomaly"}),
    "a second class": (EVERYTHING._replace(several=False), {"probe", "few_labels", "downstream"}),
    "known features": (EVERYTHING._replace(truth=False), {"recovery", "splitting"}),
    "a hierarchy of features": (EVERYTHING._replace(hierarchy=False), {"splitting"}),
    "factors": (EVERYTHING._replace(factors=False), {"mig", "dci", "sap", "modularity", "factor_vae"}),
    "test images": (EVERYTHING._replace(test=7), {"generation"}),
    "training images": (EVERYTHING._replace(train=9), {"generation"}),
}


@pytest.mark.parametrize("name", EVALUATIONS)
def test_every_evaluation_has_a_function_and_a_description(name):
    assert callable(evaluation(name))
    assert EVALUATIONS[name].description in listing()
    assert name in knobs()["evaluation"]


def test_the_catalogues_digits_have_all_that_is_needed_but_unseen_classes():
    assert configure("data=mnist5k").data.traits == DIGITS
    one = configure("data=mnist5k", "data.classes=[3]", "data.val_size=50")
    assert one.data.traits == DIGITS._replace(unseen=True, several=False, train=400)


@pytest.mark.parametrize("lacking", LACKING)
def test_an_evaluation_is_refused_for_what_it_needs_and_no_other_is(lacking):
    data, refused = LACKING[lacking]
    known = ALWAYS.union(*(names for _, names in LACKING.values()))
    assert {name for name in known if unmet_need([name], data)} == refused
    assert unmet_need(list(EVALUATIONS), EVERYTHING) is None


PACKAGES = {"compression": ("constriction", "constriction"), "denoising": ("skimage", "scikit-image")}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_missing_optional_package_is_refused_before_training(monkeypatch, name):
    module, package = PACKAGES[name]
    installed = importlib.util.find_spec
    monkeypatch.setattr(evaluation_needs, "find_spec", lambda wanted: None if wanted == module else installed(wanted))
    with pytest.raises(UserError) as error:
        Config.parse(MNIST5K | {"evaluation": ["reconstruction", name]})
    assert str(error.value) == (
        f"evaluation={name}: needs the package {package}; pip install 'narrows[claims]' installs it"
    )
    assert Config.parse(MNIST5K)


def test_images_too_small_for_an_evaluation_are_refused(tmp_path):
    np.save(tmp_path / "rows.npy", np.zeros((60, 64), np.uint8))
    with pytest.raises(UserError, match="evaluation=denoising: needs images of at least 11 × 11 pixels"):
        configure("data=arrays", f"data.path={tmp_path / 'rows.npy'}", "evaluation=[reconstruction,denoising]")


def test_labels_are_read_where_an_evaluation_compares_them():
    assert compare_labels(["reconstruction", "probe"]) and not compare_labels(["reconstruction", "denoising"])


def test_every_need_is_a_sentence():
    needs = {need for row in EVALUATIONS.values() for need in row.needs}
    assert all(isinstance(need, Need) and len(need.sentence) > 20 and "\n" not in need.sentence for need in needs)
