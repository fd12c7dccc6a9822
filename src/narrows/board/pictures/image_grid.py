"""Images in rows, and pictures as files. Instead of torchvision, which takes a second to import."""

from io import BytesIO
from math import ceil
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F


def image_grid(images: Tensor, columns: int, padding: int = 0, frame: float = 0.5) -> Tensor:
    """Images (N, C, H, W) of one or three channels in rows of `columns`: a picture (3, height, width).

    `padding` pixels of the shade `frame` surround each image; a single image has none around it.
    """
    count, _, height, width = images.shape
    if count == 1:
        return images[0].expand(3, -1, -1)
    columns = min(columns, count)
    rows = ceil(count / columns)
    cells = images.new_full((rows * columns, 3, height + padding, width + padding), frame)
    cells[:count, :, padding:, padding:] = images
    picture = cells.unflatten(0, (rows, columns)).permute(2, 0, 3, 1, 4).flatten(3).flatten(1, 2)
    return F.pad(picture, (0, padding, 0, padding), value=frame)


def to_image(picture: Tensor) -> Image.Image:
    """A picture (3, height, width) in [0, 1] with 256 shades of each colour, rounded."""
    shades = picture.mul(255).add(0.5).clamp(0, 255).permute(1, 2, 0).to("cpu", torch.uint8)
    return Image.fromarray(shades.numpy())


def save(picture: Tensor, path: Path) -> None:
    """Write a picture (3, height, width) in [0, 1] as a PNG file."""
    file = BytesIO()
    to_image(picture).save(file, "png")
    path.write_bytes(file.getvalue())
