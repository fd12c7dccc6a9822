"""Reads files of data sets that are no idx files, as torchvision leaves them: CIFAR-10, USPS and EMNIST."""

import bz2
import gzip
import pickle
from collections.abc import Sequence
from io import BytesIO
from typing import Any, NamedTuple
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from narrows.errors import UserError

#: What the arrays of CIFAR-10's pickles are made of. Nothing else in a pickle is called.
ALLOWED = {
    *((module, "_reconstruct") for module in ("numpy.core.multiarray", "numpy._core.multiarray")),
    *(("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")),
}


class Labelled(NamedTuple):
    """Pixels uint8 (N, C, H, W), and labels int64 (N,)."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]


class _Arrays(pickle.Unpickler):
    """Unpickles arrays of NumPy, lists and numbers only."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - as its base class
        if (module, name) not in ALLOWED:
            raise UserError(f"data=cifar10: a file names {module}.{name}, which no file of CIFAR-10 does")
        return super().find_class(module, name)


def cifar(batches: Sequence[bytes | bytearray]) -> Labelled:
    """The images of these files of CIFAR-10 one after the other, (N, 3, 32, 32)."""
    contents = [_Arrays(BytesIO(batch), encoding="bytes").load() for batch in batches]
    pixels = np.concatenate([content[b"data"] for content in contents]).reshape(-1, 3, 32, 32)
    return Labelled(pixels, np.concatenate([np.asarray(content[b"labels"], np.int64) for content in contents]))


def usps(batches: Sequence[bytes | bytearray]) -> Labelled:
    """The images of these files of USPS, (N, 1, 16, 16): lines of a label from 1 and 256 numbers from -1 to 1."""
    lines = [line.split() for batch in batches for line in bz2.decompress(batch).splitlines()]
    numbers = np.array([[number.partition(b":")[2] for number in line[1:]] for line in lines]).astype(np.float32)
    pixels = ((numbers + 1) / 2 * 255).astype(np.uint8)  # cut off, not rounded, as torchvision does
    return Labelled(pixels.reshape(-1, 1, 16, 16), np.array([int(line[0]) - 1 for line in lines]))


def emnist(archive: bytes | bytearray, split: str) -> list[bytearray]:
    """The idx files of one of EMNIST's splits: images and labels to train on, then those to test on."""
    kinds = ("images-idx3", "labels-idx1")
    names = [f"gzip/emnist-{split}-{part}-{kind}-ubyte.gz" for part in ("train", "test") for kind in kinds]
    with ZipFile(BytesIO(archive)) as files:
        return [bytearray(gzip.decompress(files.read(name))) for name in names]


#: The readers by the format of the catalogue.
READERS = {"cifar": cifar, "usps": usps}
