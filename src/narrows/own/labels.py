"""Labels as numbers with names."""

import numpy as np

from narrows.errors import UserError
from narrows.own.raw import Array
from narrows.own.request import Request

EXACT = 2**53  # whole numbers below are exact in 64 bits


def numbered(labels: Array | None, count: int, request: Request) -> tuple[Array, tuple[str, ...]]:
    """Labels (N,) or (N, 1) as numbers int64 (N,) from 0, in the order of their names, and the names.

    Without labels, zeros and no names. Raises UserError for labels of another shape, and for missing ones.
    """
    if labels is None:
        return np.zeros(count, dtype=np.int64), ()
    if labels.shape == (count, 1):
        labels = labels[:, 0]
    if labels.shape != (count,):
        raise UserError(f"data.label={request.label}: labels of shape {labels.shape} for {count} rows")
    if missing := count_missing(labels):
        raise UserError(f"data.label={request.label}: {missing} rows of {request.path.name} have none")
    names, numbers = np.unique(comparable(labels), return_inverse=True)
    return numbers.astype(np.int64), tuple(map(str, names))


def count_missing(labels: Array) -> int:
    """How many of the labels (N,) are missing: None, NaN, or the NA of pandas."""
    return sum(_is_missing(label) for label in labels.tolist())


def _is_missing(label: object) -> bool:
    """NaN is not equal to itself; NA, compared with anything, is neither true nor false."""
    return label is None or type(label).__name__ == "NAType" or label != label


def comparable(labels: Array) -> Array:
    """Labels (N,) that NumPy can sort, and whose texts are their names: 1.0 is named 1, objects and bytes are texts."""
    match labels.dtype.kind:
        case "f" if (labels == np.round(labels)).all() and (np.abs(labels) < EXACT).all():
            return labels.astype(np.int64)
        case "S":
            return np.char.decode(labels, "utf-8", "backslashreplace")
        case "O":
            return np.array([_text(label) for label in labels])
        case _:
            return labels


def _text(label: object) -> str:
    return label.decode("utf-8", "backslashreplace") if isinstance(label, bytes) else str(label)
