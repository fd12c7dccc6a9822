"""Rows of images: originals above reconstructions, and the weights of the first layer."""

from functools import cache

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor, nn
from torch.nn import functional as F

from narrows.board.pictures.image_grid import image_grid, to_image
from narrows.models.autoencoder import Autoencoder

COUNT = 16  # images, or units of a layer, in rows of eight: a card in TensorBoard is 350 pixels wide
ROW = 8
SIZE = 56  # screen pixels: an image is enlarged by the largest whole number that keeps its longer side below
STRIP = 8  # height of a vector in screen pixels
FRAME = 2
LINE, LETTERS = 20, 17  # height of a line of text and of its letters in screen pixels, legible in a card


@torch.no_grad()
def reconstructions(autoencoder: Autoencoder, images: Tensor) -> Tensor:
    """Images (B, C, H, W), each row above its reconstructions: a picture (3, height, width) in [0, 1]."""
    return below_each_other([autoencoder.target(images), autoencoder.reconstruct(images)])


@torch.no_grad()
def denoised(autoencoder: Autoencoder, images: Tensor, corrupted: Tensor) -> Tensor:
    """Clean images (B, C, H, W), the corrupted ones, and reconstructions from those: a picture (3, height, width)."""
    return below_each_other([*map(autoencoder.target, (images, corrupted)), autoencoder.reconstruct(corrupted)])


def below_each_other(versions: list[Tensor]) -> Tensor:
    """Versions (B, C, H, W) of the same images below each other, eight in a row: a picture (3, height, width).

    If the first version exceeds [0, 1], its minimum is shown as black and its maximum as white.
    """
    low, high = versions[0].amin().clamp(max=0), versions[0].amax().clamp(min=1)
    rows = zip(*(((images - low) / (high - low)).clamp(0, 1).split(ROW) for images in versions), strict=True)
    return tiles(torch.cat([row for block in rows for row in block]))


def with_errors(autoencoder: Autoencoder, images: Tensor, errors: Tensor) -> Tensor:
    """As `reconstructions`, with each image's error (B,) written below it in units of 10⁻³: (3, height, width)."""
    rows = zip(images.split(ROW), errors.split(ROW), strict=True)
    pictures = [_captioned(reconstructions(autoencoder, row), numbers) for row, numbers in rows]
    width = pictures[0].shape[2]  # the last row may be shorter
    return torch.cat([F.pad(picture, (0, width - picture.shape[2])) for picture in pictures], dim=1)


def _captioned(picture: Tensor, errors: Tensor) -> Tensor:
    """A picture (3, height, width) with a line of text below it: a number for each column of images."""
    _, height, width = picture.shape
    image = Image.new("RGB", (width, height + LINE), "black")
    image.paste(to_image(picture))
    draw, font = ImageDraw.Draw(image), _font()
    for i, error in enumerate(errors.tolist()):
        centre = ((i + 0.5) * width / len(errors), height + LINE / 2)
        draw.text(centre, f"{1000 * error:.0f}", "white", font, anchor="mm")
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).to(picture) / 255


@cache
def _font() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(LETTERS)


def first_layer(autoencoder: Autoencoder) -> Tensor:
    """The weights of the first units as images, grey for 0, white or black for the largest: (3, height, width).

    Those of an image's class, which are no pixels, are left out.
    """
    layer = next(layer for layer in autoencoder.encoder.modules() if isinstance(layer, nn.Linear | nn.Conv2d))
    weights, channels = layer.weight.detach()[:COUNT], autoencoder.shape[0]
    images = weights.unflatten(1, autoencoder.shape) if isinstance(layer, nn.Linear) else weights[:, :channels]
    largest = images.abs().flatten(1).amax(1).clamp_min(1e-12).view(-1, 1, 1, 1)
    return tiles((images / largest + 1) / 2)


def tiles(images: Tensor, columns: int = ROW, size: int = SIZE) -> Tensor:
    """Images (N, C, H, W) in [0, 1] in rows of `columns`, each `size` pixels long: a picture (3, height, width).

    Vectors (H = 1) become strips; other numbers of channels than one and three are averaged.
    """
    scale = max(1, size // max(images.shape[2:]))
    images = images if images.shape[1] in (1, 3) else images.mean(1, keepdim=True)
    if images.shape[2] == 1:
        images = images.repeat_interleave(max(1, STRIP // scale), 2)
    enlarged = images.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    return image_grid(enlarged, columns, FRAME)
