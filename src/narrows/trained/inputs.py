"""The arrays that a trained autoencoder takes and gives, in the units of its training data."""

from collections.abc import Mapping
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from narrows.config.catalogue import CATALOGUE
from narrows.config.data_section import data_of
from narrows.config.dictionary_section import SYNTHETIC
from narrows.config.scales import Scale
from narrows.data.preparation import Preparation
from narrows.errors import UserError
from narrows.models.conditional import SCALE, with_labels
from narrows.own.in_memory import labels, numbers
from narrows.own.labels import comparable
from narrows.own.raw import Array, listed


class Inputs:
    """Converts between arrays and the tensors of the autoencoder whose checkpoint has this card.

    Pixels may be bytes or floats in [0, 1], and are given out in [0, 1], or with their contrast normalised if the
    autoencoder was trained on such; other numbers are those of the training data, before they were scaled.
    """

    def __init__(self, card: Mapping[str, Any]) -> None:
        self._data, preparation = card["config"]["data"], card.get("preparation")
        channels, height, width = card["shape"]
        self.shape = (channels, height, width)
        self.preparation = Preparation(**preparation) if preparation else None
        self.scale: Scale = (
            self.preparation.scale if self.preparation else "none" if self._data["name"] == SYNTHETIC else "pixels"
        )
        self.conditional = bool(card.get("classes", 0))

    @cached_property
    def classes(self) -> list[str]:
        """The names of the labels by their numbers in training; of dSprites' images its file is read for them."""
        if self.preparation:
            return self.preparation.classes
        name = self._data["name"]  # the catalogue knows them without the folder of the data
        return [*(CATALOGUE[name] if name in CATALOGUE else data_of(self._data).entry).classes]

    @property
    def columns(self) -> list[str]:
        """The names of the columns of the training data; empty where they had none."""
        preparation = self.preparation
        return preparation.columns if preparation and preparation.kind == "table" else []

    def values(self, x: Any) -> Array:  # noqa: ANN401 - any array-like
        """Rows or images as an array of numbers, of a DataFrame the columns of the training data."""
        return numbers(x, "x", self.columns).values

    def tensor(self, values: Array, y: Any = None) -> Tensor:  # noqa: ANN401 - any array-like
        """Rows or images as the autoencoder takes them: uint8 or float32 (N, C, H, W).

        `y` are labels (N,), which conditional autoencoders need. Raises UserError, which calls the arrays x and y.
        """
        images = torch.from_numpy(np.ascontiguousarray(self._scaled(self._shaped(values))))
        return with_labels(images, self._numbered(y, len(images))) if self.conditional else images

    def labelled(self, codes: Tensor, y: Any) -> Tensor:  # noqa: ANN401 - any array-like
        """Codes (N, k) as the decoder takes them: those of a conditional autoencoder with their labels behind them."""
        if not self.conditional:
            return codes
        return torch.cat([codes, self._numbered(y, len(codes))[:, None].to(codes) / SCALE], 1)

    def array(self, images: Tensor) -> Array:
        """Outputs of the autoencoder, (N, C, H, W), in the units of the training data.

        A row of a table is (D,), an image of one channel (H, W), any other (C, H, W).
        """
        values = self._unscaled(images.detach().cpu())
        if self.shape[:2] == (1, 1):
            return values.reshape(len(values), -1)
        return values[:, 0] if self.shape[0] == 1 else values

    def shaped_as(self, shape: tuple[int, ...], images: Tensor) -> Array:
        """As `array`, in the shape of the inputs."""
        values = self._unscaled(images.detach().cpu())
        if shape[1:] != self.shape and len(shape) == 4:
            values = np.moveaxis(values, 1, 3)
        return values.reshape(shape)

    def _shaped(self, values: Array) -> Array:
        """The values as (N, C, H, W)."""
        channels, height, width = self.shape
        if values.ndim == 4 and values.shape[1:] != self.shape and values.shape[1:] == (height, width, channels):
            values = np.moveaxis(values, 3, 1)
        legal = values.shape[1:] in ((prod(self.shape),), self.shape) or (
            channels == 1 and values.shape[1:] == (height, width)
        )
        if not legal:
            raise UserError(f"x: {self._mismatch(values.shape)}")
        return values.reshape(-1, *self.shape)

    def _mismatch(self, shape: tuple[int, ...]) -> str:
        """What is wrong with the shape of inputs."""
        if self.shape[:2] == (1, 1):
            wanted = f"(N, {self.shape[2]})"
        else:
            wanted = f"(N, {', '.join(map(str, self.shape[self.shape[0] == 1 :]))})"
        single = "; x[None] is a batch of one" if shape in (self.shape, self.shape[1:], self.shape[2:]) else ""
        return f"an array of shape {shape}, the autoencoder was trained on {wanted}{single}"

    def _scaled(self, values: Array) -> Array:
        if self.scale == "pixels":
            return self._pixels(values)
        if self.preparation is None:
            return values.astype(np.float32)
        double = self.preparation.shift.dtype == torch.float64
        with np.errstate(over="ignore"):
            given = torch.from_numpy(values.astype(np.float64 if double else np.float32))
        scaled: Array = self.preparation(given).numpy()
        if not np.isfinite(scaled).all():
            raise UserError("x: holds numbers that are too large for the scaling of the training data")
        return scaled

    @staticmethod
    def _pixels(values: Array) -> Array:
        """Bytes as they are; floats in [0, 1], and false and true, which are 0 and 1, as float32."""
        least, most = (values.min(), values.max()) if values.size else (0, 0)
        if values.dtype.kind in "iu":
            if least < 0 or most > 255:
                raise UserError(f"x: whole numbers from {least} to {most}, but pixels are bytes from 0 to 255")
            return values.astype(np.uint8)
        if least < 0 or most > 1:
            raise UserError(
                f"x: floats from {least:g} to {most:g}, but the autoencoder was trained on bytes: x.astype('uint8') "
                "of pixels from 0 to 255, or floats in [0, 1]"
            )
        return values.astype(np.float32)

    def _unscaled(self, images: Tensor) -> Array:
        preparation = self.preparation
        if preparation is None or self.scale in ("pixels", "none") or preparation.contrast != "none":
            return np.asarray(images)
        return np.asarray(images * preparation.factor + preparation.shift)

    def _numbered(self, y: Any, count: int) -> Tensor:  # noqa: ANN401 - any array-like
        """The labels of a conditional autoencoder by their numbers in training."""
        if y is None:
            raise UserError("y is missing: the autoencoder is conditional, and needs the label of each row of x")
        names = [str(label) for label in comparable(labels(y, count, "y")).tolist()]
        if unknown := sorted({*names} - {*self.classes}):
            raise UserError(f"y: {listed(unknown)}: not among the labels of the training data, {listed(self.classes)}")
        return torch.tensor([self.classes.index(name) for name in names], dtype=torch.int64)
