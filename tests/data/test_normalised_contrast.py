"""Global contrast normalisation: its numbers, what scales them, and the images of every data set."""

import numpy as np
import pytest
import torch

from narrows.data.normalised_contrast import normalised
from narrows.data.preparation import Preparation
from narrows.data.splits import split, splits_of
from narrows.errors import UserError
from support.configs import composed, configure, data_folder, tiny
from support.own_data import configure_own, refused, write_digits

#: Minimum and maximum of each digit's training images after the normalisation: constants of Deep SVDD's released code.
PUBLISHED = [
    (-0.8826567, 9.0015455),
    (-0.6661465, 20.1080623),
    (-0.7820455, 11.6651008),
    (-0.7645772, 12.8950512),
    (-0.7253923, 12.6832357),
    (-0.7698502, 13.1032784),
    (-0.7784182, 10.4578374),
    (-0.7129781, 12.0577776),
    (-0.8280403, 10.5815384),
    (-0.7369959, 10.6970398),
]


def by_numpy(images: np.ndarray) -> np.ndarray:
    """The normalisation of images (N, …), image by image, in float64."""
    rows = []
    for image in images.astype(np.float64).reshape(len(images), -1):
        centred = image - image.sum() / image.size
        rows.append(centred / (np.abs(centred).sum() / image.size))
    return np.array(rows).reshape(images.shape)


def test_a_small_image_by_hand():
    """Mean 3, mean absolute deviation 2."""
    image = torch.tensor([[[[1, 1], [3, 7]]]], dtype=torch.uint8)
    assert normalised(image, "l1").tolist() == [[[[-1.0, -1.0], [0.0, 2.0]]]]


def test_all_channels_of_an_image_are_normalised_together():
    images = torch.from_numpy(np.random.RandomState(0).randint(0, 256, (5, 3, 4, 6)).astype(np.uint8))
    expected = by_numpy(images.numpy())
    assert normalised(images, "l1").dtype == torch.float32
    np.testing.assert_allclose(normalised(images, "l1"), expected, rtol=1e-6, atol=1e-7)
    each = torch.cat([normalised(image[None], "l1") for image in images])
    assert torch.equal(each, normalised(images, "l1"))


def test_brightness_and_contrast_of_an_image_change_nothing(digits):
    dark = digits.test.pixels[:200] // 4
    bright = dark * 3 + 50  # bytes still, so that the change is exactly affine
    torch.testing.assert_close(normalised(bright, "l1"), normalised(dark, "l1"), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(normalised(dark.float() / 255, "l1"), normalised(dark, "l1"), rtol=1e-5, atol=1e-5)


def test_an_image_of_one_colour_becomes_zero_and_none_leaves_images_as_they_are():
    images = torch.full((2, 1, 3, 3), 200, dtype=torch.uint8)
    assert normalised(images, "l1").eq(0).all()
    assert normalised(images, "none") is images


def test_images_are_scaled_by_the_training_images_of_the_classes_and_not_clipped():
    """Ones have more contrast than zeros, of which the maximum is."""
    knobs = ("data=mnist5k", "data.classes=[0]", "data.val_size=30", "data.train_size=300")
    grey, scaled = (splits_of(configure(*knobs, *more).data) for more in ((), ("data.contrast=l1",)))
    train = by_numpy(grey.train.pixels.numpy())
    for part in ("train", "val", "test"):
        pixels, images = getattr(grey, part).pixels.numpy(), getattr(scaled, part).pixels
        expected = (by_numpy(pixels) - train.min()) / (train.max() - train.min())
        assert images.dtype == torch.float32
        np.testing.assert_allclose(images, expected, atol=1e-6)
    assert (scaled.train.pixels.min(), scaled.train.pixels.max()) == (0, 1)
    assert scaled.test.pixels[scaled.test.labels == 1].max() > 1.2
    assert torch.equal(scaled.test.labels, grey.test.labels)


@pytest.mark.parametrize("digit", range(10))
def test_the_constants_are_those_of_deep_svdd(digit):
    root = data_folder("mnist")
    config = configure(f"data.root={root}", f"data.classes=[{digit}]", "data.val_size=0", "data.contrast=l1")
    preparation = splits_of(config.data).train.preparation
    found = preparation.shift.item(), (preparation.shift + preparation.factor).item()
    assert found == pytest.approx(PUBLISHED[digit], rel=1e-6)


def test_the_preparation_survives_a_checkpoint_and_prepares_the_same(digits):
    config = tiny("data.contrast=l1")
    test = splits_of(config.data).test
    again = Preparation(**test.preparation.card())
    assert torch.equal(again(digits.test.pixels), test.pixels)
    older = {key: value for key, value in test.preparation.card().items() if key != "contrast"}
    assert Preparation(**older).contrast == "none"


@pytest.mark.parametrize("option", ["data=mnist5k", "data=sprites", "data=dsprites"])
def test_images_of_every_data_set_are_normalised(option):
    data = composed(option).data
    images = splits_of(data.model_validate(data.model_dump() | {"contrast": "l1"})).train
    assert (images.pixels.min(), images.pixels.max()) == (0, 1)
    assert torch.equal(images.labels, splits_of(data).train.labels)
    assert images.preparation.classes == [*data.entry.classes]


def test_own_images_are_normalised_and_other_numbers_refused(digits, tmp_path):
    folder = write_digits(digits, tmp_path / "digits", 200)
    images = splits_of(configure_own(folder, "data.contrast=l1").data).train
    assert (images.pixels.min(), images.pixels.max()) == (0, 1)
    assert refused(folder, "data.contrast=l1", "data.scale=standard") == (
        "data.contrast=l1 with data.scale=standard: choose one of them"
    )
    table = "package:mlxtend/data/data/wine.csv"
    assert refused(table, "data.contrast=l1") == "data.contrast=l1: wine.csv has no images whose pixels are bytes"


def test_none_is_neutral_and_l1_is_another_run():
    assert tiny("data.contrast=none").identity() == tiny().identity()
    assert tiny("data.contrast=l1").identity() == tiny().identity() | {"data.contrast": "l1"}


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("data.binarise=fixed",), "data.contrast=l1 with data.binarise=fixed: choose one of them"),
        (("objective=bce",), "objective.name=bce with data.contrast=l1: it takes pixels in [0, 1], "),
        (("objective=continuous_bernoulli", "code=variational"), "objective.name=continuous_bernoulli with data.contr"),
        (
            ("objective=logistic_mixture", "code=variational", "model.output=linear"),
            "objective.name=logistic_mixture with numbers of data.contrast=l1: it is a distribution of the 256 values",
        ),
        (
            ("evaluation=[reconstruction,foreign]",),
            "evaluation=foreign: needs images whose pixels are bytes, with data.contrast=none",
        ),
    ],
)
def test_what_cannot_be_combined_is_refused_in_one_line(overrides, message):
    with pytest.raises(UserError) as error:
        tiny("data.contrast=l1", *overrides)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_training_sizes_share_no_fleet_since_each_has_a_scale_of_its_own():
    from narrows.fleet.grouping import program

    sizes = [tiny("data.contrast=l1", f"data.train_size={size}") for size in (256, 512)]
    assert program(sizes[0]) != program(sizes[1])
    assert program(sizes[0]) == program(tiny("data.contrast=l1", "data.train_size=256", "seed=1"))


def test_a_grey_data_set_is_split_as_before(digits):
    assert torch.equal(split(digits, 500).test.pixels, digits.test.pixels)
    assert split(digits, 500).test.preparation is None
