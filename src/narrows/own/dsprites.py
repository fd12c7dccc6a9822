"""Reads the file of dSprites (Matthey et al. 2017): binary images 64 × 64 with the classes of their six factors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from narrows.errors import UserError

SIDE = 64
FACTORS = 6  # the first is the colour, of which there is one
IMAGES, CLASSES = "imgs.npy", "latents_classes.npy"
AT_ONCE = 4096  # images that are unpacked at once, 17 MB

WHERE = "it is dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz of the repository dsprites-dataset of Google DeepMind"


def count(path: Path) -> int:
    """How many images the file has, 737,280. Raises UserError for another file, as all functions here do."""
    with _array(path, IMAGES) as (_, shape, dtype), _array(path, CLASSES) as (_, classes, _):
        if shape[1:] != (SIDE, SIDE) or dtype != np.uint8 or classes != (shape[0], FACTORS) or shape[0] % 3:
            raise UserError(f"data.path={path}: is not dSprites, its arrays are {dtype} {shape} and {classes}; {WHERE}")
        return shape[0]


def factors(path: Path) -> NDArray[np.int64]:
    """The classes of shape, scale, orientation, x and y of each image, (N, 5)."""
    with _array(path, CLASSES) as (file, shape, dtype):
        classes = np.frombuffer(file.read(), dtype).reshape(shape)
    return classes[:, 1:].astype(np.int64)


def images(path: Path, rows: NDArray[np.int64], side: int) -> NDArray[np.uint8]:
    """These images in this order, uint8 (N, 1, side, side) from 0 to 255; below 64 each pixel is a mean of several.

    Reads the file in parts, so that memory is needed for these images only.
    """
    order = np.argsort(rows)
    pixels = np.empty((len(rows), 1, side, side), np.uint8)
    with _array(path, IMAGES) as (file, shape, _):
        for first in range(0, shape[0], AT_ONCE):
            part = np.frombuffer(file.read(min(AT_ONCE, shape[0] - first) * SIDE**2), np.uint8).reshape(-1, SIDE, SIDE)
            start, stop = np.searchsorted(rows[order], (first, first + len(part)))
            places = order[start:stop]
            pixels[places, 0] = _reduced(part[rows[places] - first], side)
    return pixels


def _reduced(binary: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Images of 0 and 1, (N, 64, 64), to (N, side, side) from 0 to 255."""
    step = SIDE // side
    means = binary.reshape(-1, side, step, side, step).mean((2, 4))
    reduced: NDArray[np.uint8] = np.rint(255 * means).astype(np.uint8)
    return reduced


@contextmanager
def _array(path: Path, name: str) -> Iterator[tuple[IO[bytes], tuple[int, ...], np.dtype]]:
    """An array of the archive: its numbers, still to be read, with its shape and type."""
    try:
        with ZipFile(path) as archive, archive.open(name) as file:
            version = np.lib.format.read_magic(file)
            read_header = (
                np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            )
            shape, _, dtype = read_header(file)
            yield file, shape, dtype
    except FileNotFoundError:
        raise UserError(f"data.path={path}: no such file; {WHERE}") from None
    except OSError as error:
        raise UserError(f"data.path={path}: cannot be read ({error.strerror})") from None
    except BadZipFile:
        raise UserError(f"data.path={path}: is damaged or no .npz file; {WHERE}") from None
    except KeyError:
        raise UserError(
            f"data.path={path}: is not dSprites, it has no array {name.removesuffix('.npy')}; {WHERE}"
        ) from None
