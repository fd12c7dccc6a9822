"""Choices that do not work with data of the user's own."""

import re

import pandas as pd
import pytest

from narrows.errors import UserError
from narrows.evaluation.evaluate import evaluate
from support.own_data import (
    configure_own,
    refused,
)

CHOICES = {
    "no label": (["data.classes=[setosa]", "data.columns=['sepal length (cm)','sepal width (cm)']"], "has no labels"),
    "unknown label": (["data.label=species", "data.classes=[rose]"], "choose from setosa, versicolor, virginica"),
    "unknown column": (["data.label=kind"], "has no column kind; it has sepal length"),
    "a window of labels": (["data.label=species", "data.window=3"], r"data\.window=3: cuts a series"),
    "too large a test": (["data.label=species", "data.test_size=150"], r"data\.test_size=150: iris\.csv has 150"),
    "no test": (["data.label=species", "data.test_size=0"], r"data\.test_size=0"),
    "too much validation": (["data.label=species", "data.val_size=120"], "iris.csv has 120 training images"),
    "batches too large": (["data.label=species", "data.batch_size=109"], "the split has 108 images"),
    "a sigmoid": (["data.label=species", "model.output=sigmoid"], "choose model.output=linear"),
    "cross-entropy": (["data.label=species", "objective=bce"], "for which model.output=sigmoid stands"),
    "convolutions": (["data.label=species", "model=conv"], "neighbouring columns are not related"),
    "salt and pepper": (["data.label=species", "corruption=salt_pepper"], "0 and 1 are not the smallest and largest"),
    "floats as pixels": (["data.label=species", "data.scale=pixels"], "the file holds floats"),
}


@pytest.mark.parametrize("choice", CHOICES)
def test_choices_that_do_not_go_together_are_refused(table, choice):
    overrides, why = CHOICES[choice]
    assert re.search(why, refused(table, *overrides))


EVALUATIONS = {
    "denoising": "evaluation=denoising: needs images whose pixels are bytes",
    "probe": "evaluation=probe: needs labels",
}


@pytest.mark.parametrize("name", EVALUATIONS)
def test_evaluations_that_say_nothing_about_the_data_are_refused(flower_run, table, name):
    evaluation = f"evaluation=[reconstruction,{name}]"
    numbers = "data.columns=['sepal length (cm)','petal length (cm)']"
    with pytest.raises(UserError, match=EVALUATIONS[name]):
        configure_own(table, evaluation, numbers)
    if name == "denoising":
        with pytest.raises(UserError, match=EVALUATIONS[name]):
            evaluate(flower_run[1] / "best.ckpt", "arrays", "", 1, [name])


@pytest.mark.parametrize(
    ("name", "label", "why"),
    [
        ("probe", "null", "evaluation=probe: needs labels"),
        ("denoising", "species", "evaluation=denoising: needs images whose pixels are bytes"),
        ("foreign", "species", "evaluation=foreign: needs images whose pixels are bytes"),
    ],
)
def test_evaluations_of_missing_labels_or_pixels_are_refused_before_training(table, name, label, why):
    overrides = ("model.output=linear", f"data.label={label}", f"evaluation=[reconstruction,{name}]")
    if label == "null":
        pd.read_csv(table).drop(columns="species").to_csv(table, index=False)
    with pytest.raises(UserError, match=why):
        configure_own(table, *overrides)
