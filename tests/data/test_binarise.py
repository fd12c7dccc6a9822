"""Binarised images: their law, which draw each split has, and that a fixed draw depends on nothing but the image."""

import pytest
import torch

from narrows.data.binarise import drawn
from narrows.data.sources import as_floats
from narrows.data.splits import split, splits_of
from narrows.errors import UserError
from narrows.run import run
from narrows.runs.comparable import check_comparable
from narrows.seeds import generator
from narrows.sweeps.train_fleet import train
from support.configs import configure, tiny
from support.outcomes import same, weights_of

DYNAMIC = ("data.binarise=dynamic", "code=variational", "objective=bce", "trainer.max_epochs=2")


def test_the_grey_value_is_the_probability_of_one():
    """In 10,000 draws within four standard deviations; black and white pixels are certain."""
    grey = torch.tensor([0.0, 0.25, 0.5, 0.9, 1.0])
    mean = drawn(grey.expand(10_000, 5), generator(0, "draws")).mean(0)
    assert mean[0] == 0 and mean[-1] == 1
    assert ((mean - grey).abs() <= 4 * (grey * (1 - grey) / 10_000).sqrt()).all()


def test_a_fixed_draw_is_the_same_for_every_split(digits):
    grey, whole = split(digits, 500), split(digits, 500, binarise="fixed")
    part = split(digits, 100, 50, [3, 7], "fixed")
    assert whole.train.pixels.unique().tolist() == [0, 255]
    assert whole.train.grey is None and torch.equal(whole.train.trained, whole.train.pixels)
    assert torch.equal(part.train.pixels, whole.train[torch.isin(whole.train.labels, torch.tensor([3, 7]))].pixels[:50])
    assert (as_floats(whole.train.pixels).mean() - as_floats(grey.train.pixels).mean()).abs() < 1e-3


def test_a_dynamic_draw_is_for_training_only(digits):
    fixed, dynamic = split(digits, 500, binarise="fixed"), split(digits, 500, binarise="dynamic")
    assert torch.equal(dynamic.train.trained, split(digits, 500).train.pixels)
    for one, other in zip(fixed, dynamic, strict=True):
        assert torch.equal(one.pixels, other.pixels)


def test_every_epoch_and_seed_draws_anew(splits):
    images = as_floats(splits.train.pixels[:100])
    noise = generator(0, "noise")
    first, second, other = drawn(images, noise), drawn(images, noise), drawn(images, generator(1, "noise"))
    assert not torch.equal(first, second) and not torch.equal(first, other)


def test_a_resumed_run_draws_what_the_uninterrupted_one_does(tmp_path):
    run(tiny(*DYNAMIC), tmp_path / "whole")
    run(tiny(*DYNAMIC, "trainer.max_epochs=1"), tmp_path / "resumed")
    run(tiny(*DYNAMIC, "run.resume=true"), tmp_path / "resumed")
    assert same(weights_of(tmp_path / "whole"), weights_of(tmp_path / "resumed"))


def test_in_a_fleet_it_is_recorded_as_alone(tmp_path):
    configs = [tiny(*DYNAMIC, f"seed={seed}") for seed in range(2)]
    train(configs, [tmp_path / "0", tmp_path / "1"], 0, 1, "stop")
    for config in configs:
        alone = run(config, tmp_path / f"alone{config.seed}")
        assert same(weights_of(tmp_path / str(config.seed)), weights_of(tmp_path / f"alone{config.seed}"))
        assert alone.data.unit == "binarised pixels"


def test_none_is_neutral_and_the_others_are_other_runs():
    assert tiny("data.binarise=none").identity() == tiny().identity()
    assert tiny("data.binarise=fixed").identity() == tiny().identity() | {"data.binarise": "fixed"}


@pytest.mark.parametrize("option", ["data=mnist5k", "data=arrays"])
def test_images_are_binarised_and_other_numbers_refused(option):
    if option == "data=arrays":
        with pytest.raises(UserError, match=r"^data\.binarise=fixed: .* has no grey pixels, which are probabilities$"):
            composed_with(option, "data.binarise=fixed")
    else:
        assert splits_of(composed_with(option, "data.binarise=fixed").data).test.pixels.unique().tolist() == [0, 255]


def composed_with(option: str, *overrides: str):
    return configure(
        option, *overrides, *(["data.path=package:mlxtend/data/data/wine.csv"] if "arrays" in option else [])
    )


@pytest.mark.parametrize("evaluation", ["foreign", "copying", "generation"])
def test_comparisons_with_grey_images_are_refused(evaluation):
    with pytest.raises(UserError, match=f"evaluation={evaluation}: compares with grey images"):
        tiny("data.binarise=fixed", f"evaluation=[reconstruction,{evaluation}]")


def test_grey_and_binarised_likelihoods_share_no_table():
    grey, fixed, dynamic = (tiny("code=variational", f"data.binarise={name}").model_dump() for name in CHOICES)
    check_comparable([fixed, dynamic])
    check_comparable([grey, tiny("data.binarise=fixed").model_dump()])  # which has no likelihood
    with pytest.raises(
        UserError, match=r"^code=variational with data\.binarise=none and data\.binarise=dynamic: [^\n]*$"
    ):
        check_comparable([grey, dynamic])


CHOICES = ("none", "fixed", "dynamic")


def test_a_study_of_both_is_refused_before_it_trains(command):
    outcome = command("train", "-m", "data=mnist5k", "code=variational", "data.binarise=none,fixed", "--dry")
    assert outcome.status != 0 and "are not comparable" in outcome.line
