"""The sections `data` of images that are every combination of known factors: `data=sprites` and `data=dsprites`."""

import hashlib
from abc import ABC, abstractmethod
from functools import cached_property
from math import prod
from typing import Annotated, Literal

from pydantic import Field

from narrows.config.catalogue import Entry
from narrows.config.common_data import Common
from narrows.config.slots import Count
from narrows.own.request import located

SHAPES = ("square", "ellipse", "heart")
FACTORS = ("shape", "scale", "orientation", "x", "y")

#: Goes into the checksum of generated images. Raise it in a commit that changes them.
VERSION = 1


class Factored(Common, ABC):
    """White shapes on black: an image for each combination of the factors. The label of an image is its shape."""

    side: int
    test_size: Annotated[int, Field(ge=3, multiple_of=3)] = Field(
        description="test images, the end of a fixed order; a multiple of 3, since each shape occurs equally often"
    )
    val_size: Annotated[int, Field(ge=0)] = Field(description="validation images, cut from the rest; 0 trains on all")

    @abstractmethod
    def images(self) -> int:
        """How many images there are, training and test: a multiple of the three shapes."""

    @abstractmethod
    def varying(self) -> tuple[str, ...]:
        """The names of the factors that have several values."""

    @abstractmethod
    def digest(self) -> str:
        """Sha256 of what decides the images."""

    @cached_property  # dSprites' file is read for it
    def entry(self) -> Entry:
        """Sizes, labels and checksum; no training images if there are no more images than test images."""
        train = max(0, self.images() - self.test_size)
        return Entry(
            train=train,
            test=self.test_size,
            files={"": self.digest()},
            classes=dict.fromkeys(SHAPES, train // len(SHAPES)),
            shape=(1, self.side, self.side),
            factors=self.varying(),
        )


class Sprites(Factored):
    """Generated images with the factors of dSprites."""

    name: Literal["sprites"] = Field(
        description="generated squares, ellipses and hearts: an image for each combination of shape, scale, "
        "orientation and place, as in dSprites"
    )
    side: Annotated[int, Field(ge=16, le=64)] = Field(description="pixels a side of an image")
    scales: Count = Field(description="sizes of a shape, evenly spaced up to the largest, the smallest half of it")
    orientations: Count = Field(description="orientations of a shape, evenly spaced over a full turn")
    positions: Count = Field(description="places of a shape's centre along x, and as many along y")

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many values each of the factors has."""
        return len(SHAPES), self.scales, self.orientations, self.positions, self.positions

    def images(self) -> int:
        return prod(self.sizes)

    def varying(self) -> tuple[str, ...]:
        return tuple(factor for factor, size in zip(FACTORS, self.sizes, strict=True) if size > 1)

    def digest(self) -> str:
        return hashlib.sha256(f"sprites {VERSION} {self.side} {self.sizes}".encode()).hexdigest()


class DSprites(Factored):
    """The file of dSprites (Matthey et al. 2017), which no package or registry has."""

    name: Literal["dsprites"] = Field(description="dSprites, from its file")
    path: str = Field(description="dSprites' file, dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz")
    side: Literal[64, 32, 16] = Field(description="pixels a side; below 64 each is the mean of 2 × 2 or 4 × 4")
    size: Annotated[int, Field(ge=6, multiple_of=3)] | None = Field(
        description="images, training and test, the first of a fixed order; a multiple of 3; null: all, 3 GB of bytes"
    )

    @property
    def title(self) -> str:
        return "dSprites"

    def images(self) -> int:
        """Raises UserError for a file that is not there or is not dSprites'."""
        from narrows.own.dsprites import count  # NumPy

        most = count(located(self.path))
        if self.size and self.size > most:
            raise ValueError(f"data.size={self.size}: the file has {most} images")
        return self.size or most

    def varying(self) -> tuple[str, ...]:
        return FACTORS

    def digest(self) -> str:
        return hashlib.sha256(located(self.path).read_bytes()).hexdigest()
