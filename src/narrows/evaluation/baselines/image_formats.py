"""What everybody's formats make of images: JPEG and WebP at several qualities, PNG, WebP and gzip without loss."""

import gzip
from io import BytesIO
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from narrows.evaluation.support.shared import remembered

QUALITIES = (1, 5, 10, 25, 50, 75)
BLOCK = 16  # pixels a side of the largest block of either format: none holds parts of two images

Grey = NDArray[np.uint8]


@remembered
def formats(pixels: Tensor) -> dict[str, float]:
    """Bits per pixel of uint8 images (N, C, H, W), and where something is lost the squared error in [0, 1].

    jpeg_<quality>_bpp, jpeg_<quality>_mse, webp_…  all images on one sheet: one header, and no block shared by two
    gzip_bpp                                        all bytes in one stream, level 9
    png_bpp, webp_lossless_bpp                      image by image
    """
    grey = pixels.flatten(0, 1).numpy()
    found = {
        "gzip_bpp": 8 * len(gzip.compress(grey.tobytes(), 9)) / grey.size,
        "png_bpp": _lossless(grey, "png", optimize=True),
        "webp_lossless_bpp": _lossless(grey, "webp", lossless=True),
    }
    for name in ("jpeg", "webp"):
        for quality in QUALITIES:
            stream = _bytes(_sheet(grey), name, quality=quality)
            error = np.square((_images(stream, grey.shape) - grey.astype(float)) / 255).mean()
            found |= {f"{name}_{quality}_bpp": 8 * len(stream) / grey.size, f"{name}_{quality}_mse": float(error)}
    return found


def _lossless(grey: Grey, name: str, **options: bool) -> float:
    return 8 * sum(len(_bytes(image, name, **options)) for image in grey) / grey.size


def _bytes(image: Grey, name: str, **options: bool | int) -> bytes:
    stream = BytesIO()
    Image.fromarray(image).save(stream, name, **options)
    return stream.getvalue()


def _padded(length: int) -> int:
    return BLOCK * ceil(length / BLOCK)


def _sheet(grey: Grey) -> Grey:
    """Images (N, H, W) in a square of rows, each padded to whole blocks by its own edge."""
    count, height, width = grey.shape
    side = ceil(sqrt(count))
    padding = ((0, side * side - count), (0, _padded(height) - height), (0, _padded(width) - width))
    padded = np.pad(grey, padding, mode="edge")
    return padded.reshape(side, side, *padded.shape[1:]).swapaxes(1, 2).reshape(side * padded.shape[1], -1)


def _images(stream: bytes, shape: tuple[int, ...]) -> Grey:
    """The images of a sheet again."""
    sheet = np.asarray(Image.open(BytesIO(stream)).convert("L"))
    high, wide = _padded(shape[1]), _padded(shape[2])
    apart = sheet.reshape(len(sheet) // high, high, -1, wide).swapaxes(1, 2).reshape(-1, high, wide)
    return apart[: shape[0], : shape[1], : shape[2]]
