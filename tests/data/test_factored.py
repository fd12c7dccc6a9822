"""Images of known factors: generated ones, and those of dSprites' file."""

import numpy as np
import pytest
import torch

from narrows.config.data_section import data_of
from narrows.data import sprites
from narrows.data.sources import dataset
from narrows.data.splits import splits_of
from narrows.errors import UserError
from support.configs import configure
from support.dsprites_file import SIZES, dsprites_file, write

SMALL = ("data=sprites", "data.scales=2", "data.orientations=3", "data.positions=4", "data.side=16")
FEW = ("data.test_size=30", "data.val_size=30", "data.batch_size=10")


def drawn(*overrides: str):
    return dataset(configure(*SMALL, *FEW, *overrides).data)


def dsprites(*overrides: str):
    return configure("data=dsprites", f"data.path={dsprites_file()}", *FEW, *overrides).data


def test_there_is_one_image_for_each_combination_of_factors_and_no_two_splits_share_one():
    splits = splits_of(configure(*SMALL, *FEW).data)
    factors = torch.cat([part.factors for part in splits])
    assert [len(part) for part in splits] == [3 * 2 * 3 * 4 * 4 - 60, 30, 30]
    assert len(factors.unique(dim=0)) == len(factors)
    assert factors.amax(0).tolist() == [2, 1, 2, 3, 3]


def test_every_split_holds_each_shape_equally_often():
    for part in splits_of(configure(*SMALL, *FEW).data):
        assert part.labels.bincount().unique().numel() == 1
        assert torch.equal(part.labels, part.factors[:, 0])


def test_the_default_has_the_size_that_its_config_says():
    data = configure("data=sprites").data
    assert data.entry.train + data.entry.test == 3 * 4 * 10 * 12 * 12
    assert data.traits.factors and not configure("data=mnist5k").data.traits.factors


def test_images_are_the_same_each_time_and_depend_on_each_knob_of_the_section():
    data = configure(*SMALL, *FEW).data
    again = sprites.images(data.sizes, 16)
    assert np.array_equal(again, sprites.images(data.sizes, 16))
    others = [configure(*SMALL, *FEW, knob).data for knob in ("data.side=20", "data.scales=3", "data.orientations=4")]
    assert len({other.entry.checksum for other in [data, *others]}) == 4


def test_no_shape_is_cut_off_and_each_is_white_on_black():
    """Three places along 64 pixels are 16 pixels apart, so that a shape covers the same pixels at each."""
    sizes = (3, 3, 8, 3, 3)
    images = sprites.images(sizes, 64)
    areas = (images > 0).sum((1, 2, 3)).reshape(3 * 3 * 8, 3 * 3)
    assert (areas == areas[:, :1]).all()
    assert set(np.unique(images)) == {0, 255}


def test_areas_and_centres_are_those_of_the_factors():
    """A square of half side 0.7 r, an ellipse of half axes r and r / 2, at the places of x and y."""
    sizes, side = (3, 2, 1, 3, 5), 256
    factors, images = sprites.factors(sizes), sprites.images(sizes, side)[:, 0] > 0
    areas = images.sum((1, 2))
    for shape, area in ((0, 1.4**2), (1, np.pi / 2)):
        for scale, radius in enumerate((32, 64)):
            chosen = (factors[:, 0] == shape) & (factors[:, 1] == scale)
            assert areas[chosen].mean() == pytest.approx(area * radius**2, rel=0.05)
    rows, columns = np.indices((side, side)) + 0.5
    squares = factors[:, 0] == 0
    x = (images * columns).sum((1, 2)) / areas
    y = (images * rows).sum((1, 2)) / areas
    assert np.abs(x - np.linspace(64, 192, 3)[factors[:, 3]])[squares].max() < 0.6
    assert np.abs(y - np.linspace(64, 192, 5)[factors[:, 4]])[squares].max() < 0.6


def test_a_quarter_turn_of_an_ellipse_exchanges_its_axes():
    images = sprites.images((3, 1, 4, 1, 1), 32)[:, 0]
    lying, standing = images[4], images[5]
    assert np.array_equal(lying.T, standing) and not np.array_equal(lying, standing)
    assert np.array_equal(images[6], lying)


def test_dsprites_is_read_with_its_factors_in_a_fixed_order():
    data = dataset(dsprites())
    original = {tuple(row): image for row, image in zip(sprites.factors(SIZES), sprites.images(SIZES, 64), strict=True)}
    for part in (data.train, data.test):
        for row, image in zip(part.factors.tolist(), part.pixels.numpy(), strict=True):
            assert np.array_equal(original[tuple(row)], image)
    assert len(data.train) + len(data.test) == 180 and len(data.test) == 30


@pytest.mark.parametrize("side", [32, 16])
def test_smaller_pixels_are_means_of_larger_ones(side):
    large, small = dataset(dsprites()).test.pixels, dataset(dsprites(f"data.side={side}")).test.pixels
    means = torch.nn.functional.avg_pool2d(large.float(), 64 // side)
    assert (small - means).abs().max() <= 0.5


def test_fewer_images_of_dsprites_are_the_first_of_the_same_order():
    whole, few = dataset(dsprites()).train, dataset(dsprites("data.size=90")).train
    assert torch.equal(few.factors, whole.factors[:60])
    assert torch.equal(few.pixels, whole.pixels[:60])


def test_parts_of_the_file_are_put_together(monkeypatch):
    from narrows.own import dsprites as reader

    rows = np.random.default_rng(0).permutation(180)[:50]
    whole = reader.images(dsprites_file(), rows, 64)
    monkeypatch.setattr(reader, "AT_ONCE", 7)
    assert np.array_equal(reader.images(dsprites_file(), rows, 64), whole)


def test_a_damaged_foreign_or_missing_file_is_refused_in_one_line(tmp_path):
    classes, pixels = np.zeros((6, 6), np.int64), np.zeros((6, 64, 64), np.uint8)
    write(tmp_path / "other.npz", data=pixels)
    write(tmp_path / "small.npz", imgs=pixels[:, :32, :32], latents_classes=classes)
    (tmp_path / "damaged.npz").write_bytes(dsprites_file().read_bytes()[:1000])
    reasons = {
        "nowhere.npz": "no such file",
        "other.npz": "it has no array imgs",
        "small.npz": r"its arrays are uint8 \(6, 32, 32\)",
        "damaged.npz": "is damaged or no .npz file",
        "": "cannot be read",
    }
    for name, reason in reasons.items():
        with pytest.raises(UserError, match=f"data.path={tmp_path / name}: .*{reason}") as error:
            configure("data=dsprites", f"data.path={tmp_path / name}", *FEW)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        (("data.size=900",), "data.size=900: the file has 180 images"),
        (("data.test_size=180",), "dSprites has 0 training images"),
        (("data.test_size=31",), r"data.test_size=31: must be a multiple of 3"),
        (("data.side=20",), "data.side=20: must be 64, 32 or 16"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(overrides, reason):
    with pytest.raises(UserError, match=reason):
        dsprites(*overrides)


def test_a_section_is_read_again_from_a_record():
    section = configure(*SMALL, *FEW).data
    assert data_of(section.model_dump()) == section


def test_a_data_set_without_settings_of_its_own_is_no_section(command, trained):
    outcome = command("evaluate", f"checkpoint={trained.folder / 'best.ckpt'}", "data=sprites")
    assert outcome.status == 2 and "data=sprites: has settings of its own" in outcome.line
