"""The sizes of images in common formats: JPEG and WebP at several qualities; PNG, WebP and gzip without loss."""

import gzip
from io import BytesIO
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from narrows.evaluation.baselines.cached import cached

QUALITIES = (1, 5, 10, 25, 50, 75)
BLOCK = 16  # pixels a side of the largest block of JPEG and WebP: no block holds parts of two images

Grey = NDArray[np.uint8]


@cached
def formats(pixels: Tensor) -> dict[str, float]:
    """Bits per pixel of uint8 images (N, C, H, W), and for lossy formats the squared error of pixels in [0, 1].

    jpeg_<quality>_bpp, jpeg_<quality>_mse, webp_…  all images on one sheet: one header, and no block shared by two
    gzip_bpp                                        all bytes in one stream, level 9
    png_bpp, webp_lossless_bpp                      image by image
    """
    grey = pixels.flatten(0, 1).numpy()
    sizes = {
        "gzip_bpp": 8 * len(gzip.compress(grey.tobytes(), 9)) / grey.size,
        "png_bpp": _lossless(grey, "png", optimize=True),
        "webp_lossless_bpp": _lossless(grey, "webp", lossless=True),
    }
    lossy = [_lossy(grey, name, quality) for name in ("jpeg", "webp") for quality in QUALITIES]
    return {name: value for metrics in (sizes, *lossy) for name, value in metrics.items()}


def _lossless(grey: Grey, name: str, **options: bool) -> float:
    return 8 * sum(len(_bytes(image, name, **options)) for image in grey) / grey.size


def _lossy(grey: Grey, name: str, quality: int) -> dict[str, float]:
    coded = _bytes(_sheet(grey), name, quality=quality)
    error = np.square((_images(coded, grey.shape) - grey.astype(float)) / 255).mean()
    return {f"{name}_{quality}_bpp": 8 * len(coded) / grey.size, f"{name}_{quality}_mse": float(error)}


def _bytes(image: Grey, name: str, **options: bool | int) -> bytes:
    file = BytesIO()
    Image.fromarray(image).save(file, name, **options)
    return file.getvalue()


def _padded(length: int) -> int:
    return BLOCK * ceil(length / BLOCK)


def _sheet(grey: Grey) -> Grey:
    """Images (N, H, W) in a square grid, each padded to whole blocks by repeating its edge."""
    count, height, width = grey.shape
    side = ceil(sqrt(count))
    padding = ((0, side * side - count), (0, _padded(height) - height), (0, _padded(width) - width))
    padded = np.pad(grey, padding, mode="edge")
    return padded.reshape(side, side, *padded.shape[1:]).swapaxes(1, 2).reshape(side * padded.shape[1], -1)


def _images(coded: bytes, shape: tuple[int, ...]) -> Grey:
    """The images (N, H, W) of a decoded sheet, the inverse of `_sheet`."""
    sheet = np.asarray(Image.open(BytesIO(coded)).convert("L"))
    height, width = _padded(shape[1]), _padded(shape[2])
    images = sheet.reshape(len(sheet) // height, height, -1, width).swapaxes(1, 2).reshape(-1, height, width)
    return images[: shape[0], : shape[1], : shape[2]]
