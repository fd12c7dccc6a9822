"""Images in rows, as torchvision arranges them."""

import pytest
import torch
from PIL import Image
from torchvision.utils import make_grid, save_image

from narrows.board.pictures.image_grid import image_grid, save


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("count", "columns", "padding"), [(1, 8, 2), (5, 8, 2), (16, 8, 2), (10, 4, 0)])
def test_images_stand_as_torchvision_arranges_them(count, columns, padding, channels):
    images = torch.rand(count, channels, 5, 7)
    expected = make_grid(images, nrow=columns, padding=padding, pad_value=0.5)
    assert torch.equal(image_grid(images, columns, padding), expected)


def test_a_saved_picture_has_the_shades_that_torchvision_writes(tmp_path):
    picture = torch.rand(3, 20, 30)
    save(picture, tmp_path / "ours.png")
    save_image(picture, tmp_path / "theirs.png")
    ours, theirs = (Image.open(tmp_path / name).tobytes() for name in ("ours.png", "theirs.png"))
    assert ours == theirs
