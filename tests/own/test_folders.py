"""Folders of images."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from narrows.data.sources import as_floats
from narrows.data.splits import splits_of
from support.own_data import (
    configure_own,
    everything,
    refused,
    sorted_rows,
    write_digits,
)


def test_a_folder_of_images_is_its_pixels(digits, tmp_path):
    data = configure_own(write_digits(digits, tmp_path / "png", 200)).data
    splits = splits_of(data)
    assert everything(splits).dtype == torch.uint8
    assert (data.scaled, data.entry.classes.keys()) == ("pixels", {str(digit) for digit in range(10)})
    np.testing.assert_array_equal(sorted_rows(everything(splits)), sorted_rows(digits.train.pixels[:200]))
    assert torch.equal(as_floats(splits.test.pixels), splits.test.pixels.float() / 255)


def test_images_of_any_size_and_colour(tmp_path):
    photo = Image.open(Path(pytest.importorskip("sklearn").__file__).parent / "datasets/images/flower.jpg")
    for number in range(60):
        part = photo.crop((9 * number, 4 * number, 9 * number + 20, 4 * number + 12))
        (part.convert("L") if number == 7 else part).save(tmp_path / f"{number}.{'jpg' if number % 2 else 'png'}")
    (tmp_path / ".DS_Store").write_bytes(b"\0")
    splits = splits_of(configure_own(tmp_path, "model=conv").data)
    assert everything(splits).shape == (60, 3, 12, 20)


def test_images_of_unequal_size_are_named(digits, tmp_path):
    root = write_digits(digits, tmp_path / "png", 50)
    Image.fromarray(np.zeros((9, 12), np.uint8)).save(root / "3" / "odd.png")
    assert "3/odd.png: 12 × 9 pixels, others have 28 × 28" in refused(root)
    (root / "3" / "odd.png").write_bytes(b"no image")
    assert "3/odd.png: damaged or not an image" in refused(root)
    Image.fromarray(np.zeros((28, 28, 4), np.uint8), "RGBA").save(root / "3" / "odd.png")
    assert "transparent" in refused(root)
    Image.fromarray(np.zeros((28, 28), np.uint16)).save(root / "3" / "odd.png")
    assert "choose images with 8 bits per channel" in refused(root)
    (root / "3" / "odd.png").rename(root / "odd.png")
    assert "odd.png is not in one of the subfolders" in refused(root)


def test_folders_without_data_are_refused(tmp_path):
    assert "no files of .png" in refused(tmp_path)
    (tmp_path / "a.txt").write_text("words")
    Image.fromarray(np.zeros((9, 12), np.uint8)).save(tmp_path / "b.png")
    assert "holds images and texts: b.png, a.txt" in refused(tmp_path)


@pytest.mark.parametrize("key", ["data.columns=[x]", "data.label=x", "data.window=3"])
def test_what_images_do_not_have_is_refused(digits, tmp_path, key):
    assert key.partition("=")[0] in refused(write_digits(digits, tmp_path / "png", 50), key)
