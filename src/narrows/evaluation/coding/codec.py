"""Codes as bytes: each number is rounded to multiples of its step and entropy-coded by its frequencies in training.

The entropy coder is an asymmetric numeral system (Duda 2013) from the library constriction: within a few bytes of the
entropy.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from narrows.evaluation.baselines.pixel_rows import Rows

Symbols = NDArray[np.int32]


@dataclass(frozen=True)
class Codec:
    """What encoder and decoder share: for each of the k numbers its step, its lowest symbol, each symbol's frequency.

    A stream holds all symbols of the first number, then all of the second, … It does not hold how many images it codes.
    """

    steps: Rows  # (k,)
    lowest: Symbols  # (k,)
    frequencies: tuple[NDArray[np.float64], ...]  # k of them, each sums to 1

    def encode(self, codes: Rows) -> bytes:
        """Codes (N, k) as bytes; numbers outside the range seen in training become the nearest one inside."""
        coder = _stream().stack.AnsCoder()
        symbols = _symbols(codes, self.steps) - self.lowest
        for number, frequencies in reversed(list(enumerate(self.frequencies))):  # a stack: last in, first out
            coder.encode_reverse(symbols[:, number].clip(0, len(frequencies) - 1), _model(frequencies))
        return bytes(coder.get_compressed().astype("<u4"))

    def decode(self, coded: bytes, count: int) -> Rows:
        """The rounded codes (count, k) from a stream written by `encode`."""
        coder = _stream().stack.AnsCoder(np.frombuffer(coded, "<u4").astype(np.uint32))
        symbols = np.stack([coder.decode(_model(frequencies), count) for frequencies in self.frequencies], 1)
        return ((symbols + self.lowest) * self.steps).astype(np.float32)

    def size(self) -> int:
        """Bytes that a receiver needs once: a step and a lowest symbol for each number, four bytes for a frequency."""
        return 8 * len(self.steps) + 4 * sum(map(len, self.frequencies))


def fit(codes: Rows, steps: Rows) -> Codec:
    """The codec for codes like those of training images (N, k), with the step (k,) of each number.

    Every symbol in their range gets half a count more, so that those that no training image has can be coded too.
    """
    symbols = _symbols(codes, steps)
    lowest = symbols.min(0)
    counts = [np.bincount(column, minlength=2) + 0.5 for column in (symbols - lowest).T]
    return Codec(steps, lowest, tuple(count / count.sum() for count in counts))


def _symbols(codes: Rows, steps: Rows) -> Symbols:
    return np.asarray(np.rint(codes / steps), dtype=np.int32)


def _stream() -> Any:  # noqa: ANN401 - a module
    """The module of entropy coders, imported on use: constriction belongs to the extra `claims`."""
    from constriction import stream

    return stream


def _model(frequencies: NDArray[np.float64]) -> Any:  # noqa: ANN401 - a class of that module
    return _stream().model.Categorical(frequencies, perfect=False)
