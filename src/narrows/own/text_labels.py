"""The labels of a table of text, which are taken as they are written."""

import re
from collections.abc import Sequence

import numpy as np

from narrows.errors import UserError
from narrows.own.dialect import GAPS
from narrows.own.number_marks import is_number
from narrows.own.raw import Array
from narrows.own.request import Request

#: Numbers whose text says nothing more than the number: not 001, 1.50 or 1e3.
PLAIN = re.compile(r"-?(0|[1-9]\d{0,15})(\.0|\.\d*[1-9])?")
#: Codes of digits: among them NA is a code as well.
PADDED = re.compile(r"0\d")


def label_values(texts: Sequence[str], request: Request) -> tuple[Array, tuple[str, ...]]:
    """Labels (N,) from their texts, and rules as in `Raw`: numbers if all are plain numbers, else the texts.

    Among words, NA and None are words. Raises UserError for labels that are missing: empty texts and, among numbers,
    what stands for a missing number.
    """
    values = [text for text in texts if text not in GAPS]
    numeric = bool(values) and all(is_number(text) and not PADDED.match(text) for text in values)
    missing = [text for text in texts if not text.strip() or (numeric and text in GAPS)]
    if missing:
        raise UserError(f"data.label={request.label}: {len(missing)} rows of {request.path.name} have none")
    if not all(map(is_number, texts)):
        return np.array(texts, dtype=object), ()
    if all(map(PLAIN.fullmatch, texts)):
        return np.array(texts, dtype=np.float64 if any("." in text for text in texts) else np.int64), ()
    return np.array(texts, dtype=object), ("labels",)  # 0.1.0 took them for numbers
