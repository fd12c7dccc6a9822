"""Generates binary images of squares, ellipses and hearts, with the factors of dSprites."""

from collections.abc import Callable, Sequence
from itertools import product
from math import pi

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.float64]  # coordinates of any shape

SMALLEST = 0.5  # size of the smallest shape; the largest has size 1
HEART = 1.43  # the farthest point of the curve of the heart from its centre


def _square(x: Places, y: Places) -> NDArray[np.bool_]:
    return np.maximum(np.abs(x), np.abs(y)) <= 0.7


def _ellipse(x: Places, y: Places) -> NDArray[np.bool_]:
    return x**2 + (y / 0.5) ** 2 <= 1


def _heart(x: Places, y: Places) -> NDArray[np.bool_]:
    x, y = HEART * x, HEART * y
    return (x**2 + y**2 - 1) ** 3 <= x**2 * y**3


#: Whether points lie within each shape, which lies within the unit circle.
SHAPES: dict[str, Callable[[Places, Places], NDArray[np.bool_]]] = {
    "square": _square,
    "ellipse": _ellipse,
    "heart": _heart,
}


def factors(sizes: Sequence[int]) -> NDArray[np.int64]:
    """Every combination of factors with so many values, (N, factors), the last factor changing first."""
    return np.stack([axis.ravel() for axis in np.indices(sizes)], 1)


def images(sizes: Sequence[int], side: int) -> NDArray[np.uint8]:
    """The image of each row of `factors`, 0 or 255: (N, 1, side, side).

    A pixel is white if its centre lies in the shape. The unit circle has a radius of a quarter of the side; centres are
    evenly spaced in the middle half of the image, so that no shape is cut off.
    """
    _, scales, orientations, *positions = sizes
    radii = np.linspace(SMALLEST, 1, scales) if scales > 1 else np.ones(1)
    angles = np.arange(orientations) * (2 * pi / orientations)
    drawn = [
        _at_every_place(shape, radius * side / 4, angle, positions, side)
        for shape, radius, angle in product(SHAPES.values(), radii, angles)
    ]
    return np.concatenate(drawn)[:, None]


def _at_every_place(
    shape: Callable[[Places, Places], NDArray[np.bool_]],
    radius: float,
    angle: float,
    positions: Sequence[int],
    side: int,
) -> NDArray[np.uint8]:
    """Images (places along x · places along y, side, side) of one shape, turned by an angle in radians."""
    centres_x, centres_y = (np.linspace(0.25, 0.75, count) * side if count > 1 else [side / 2] for count in positions)
    pixels = np.arange(side) + 0.5
    x = (pixels[None, None, None, :] - np.reshape(centres_x, (-1, 1, 1, 1))) / radius
    y = (np.reshape(centres_y, (1, -1, 1, 1)) - pixels[None, None, :, None]) / radius  # upwards
    turned_x, turned_y = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    return 255 * shape(turned_x, turned_y).reshape(-1, side, side).astype(np.uint8)
