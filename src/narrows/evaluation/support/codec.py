"""Codes as bytes: each number rounded to a step of its own, then entropy-coded by the shares that training had.

An asymmetric numeral system (Duda 2013) by the library constriction: within a few bytes of the entropy.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from constriction import stream
from numpy.typing import NDArray

from narrows.evaluation.support.shared import Rows

Symbols = NDArray[np.int32]


@dataclass(frozen=True)
class Codec:
    """What encoder and decoder both know: for each of k numbers its step, its lowest symbol, and each symbol's share.

    A stream holds the symbols of one number after those of another. It does not hold how many images there are.
    """

    steps: Rows  # (k,)
    lowest: Symbols  # (k,)
    shares: tuple[NDArray[np.float64], ...]

    def encode(self, codes: Rows) -> bytes:
        """Codes (N, k) as bytes; a number beyond those seen in training becomes the nearest of them."""
        coder = stream.stack.AnsCoder()
        symbols = _symbols(codes, self.steps) - self.lowest
        for number, share in reversed(list(enumerate(self.shares))):  # the last that is put in comes out first
            coder.encode_reverse(symbols[:, number].clip(0, len(share) - 1), _model(share))
        return bytes(coder.get_compressed().astype("<u4"))

    def decode(self, coded: bytes, count: int) -> Rows:
        """The rounded codes (count, k) in a stream of `encode`."""
        coder = stream.stack.AnsCoder(np.frombuffer(coded, "<u4").astype(np.uint32))
        symbols = np.stack([coder.decode(_model(share), count) for share in self.shares], 1)
        return ((symbols + self.lowest) * self.steps).astype(np.float32)

    def size(self) -> int:
        """Bytes that a receiver needs once: a step and a lowest symbol for each number, four bytes a share."""
        return 8 * len(self.steps) + 4 * sum(map(len, self.shares))

    def save(self, path: Path) -> None:
        """Write what a receiver needs, beside the autoencoder's checkpoint, to decode streams: a file of `load`."""
        lengths = [len(share) for share in self.shares]
        np.savez(path, steps=self.steps, lowest=self.lowest, lengths=lengths, shares=np.concatenate(self.shares))


def load(path: Path) -> Codec:
    """The codec of a file that `save` wrote."""
    with np.load(path, allow_pickle=False) as file:
        shares = np.split(file["shares"], np.cumsum(file["lengths"])[:-1])
        return Codec(file["steps"], file["lowest"], tuple(shares))


def fit(codes: Rows, steps: Rows) -> Codec:
    """The codec for codes like these (N, k), of training images, with the step (k,) of each number.

    A symbol that no training image has within their range counts as had by half an image, so that it can be coded.
    """
    symbols = _symbols(codes, steps)
    lowest = symbols.min(0)
    counts = [np.bincount(column, minlength=2) + 0.5 for column in (symbols - lowest).T]
    return Codec(steps, lowest, tuple(count / count.sum() for count in counts))


def _symbols(codes: Rows, steps: Rows) -> Symbols:
    return np.asarray(np.rint(codes / steps), dtype=np.int32)


def _model(share: NDArray[np.float64]) -> stream.model.Categorical:
    return stream.model.Categorical(share, perfect=False)
