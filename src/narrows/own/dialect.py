"""How a table of text is written: its separator, and what its first row looks like beside the others."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from narrows.errors import UserError
from narrows.own.text_files import encoding, gzipped, opened

SEPARATORS = (",", ";", "\t", "|", " ")
PEEKED = 20  # rows that the separator is found from

#: What stands for a missing number: pandas' list.
GAPS = {
    *("", "#N/A", "#N/A N/A", "#NA", "<NA>", "N/A", "NA", "NULL", "NaN", "-NaN", "None", "n/a", "nan", "-nan", "null"),
    *("-1.#IND", "-1.#QNAN", "1.#IND", "1.#QNAN"),
}


@dataclass(frozen=True)
class Dialect:
    """The separator of a table, the fields of its first row, and whether its rows are not equally long.

    `indexed`: the first row is one field shorter than the others, which begin with a name of the row, as R writes them.
    `trailing`: all rows but the first end with a separator. `padded`: the first line begins with a space.
    """

    separator: str
    first: tuple[str, ...]
    indexed: bool = False
    trailing: bool = False
    padded: bool = False

    def options(self, path: Path) -> dict[str, Any]:
        """The arguments of pandas' `read_csv` for this file."""
        return {
            "sep": r"\s+" if self.separator == " " else self.separator,
            "compression": "gzip" if gzipped(path) else None,
            "encoding": encoding(path),
            "skipinitialspace": True,
            "low_memory": False,  # else the type of a column may change in the middle
            "index_col": False if self.trailing else None,
        }


def dialect(path: Path) -> Dialect:
    """The dialect of a table, from its first rows. Raises UserError if no separator gives rows of one length."""
    with opened(path) as file:
        lines = list(islice((line for line in file if line.strip()), PEEKED))
    if not lines:
        raise UserError(f"data.path={path}: is empty")
    candidates = [found for mark in SEPARATORS if (found := _separated(lines, mark))]
    if candidates:
        return max(candidates, key=lambda candidate: candidate[0])[1]
    widths = {len(row) for row in _rows(lines, ",")}
    if widths == {1}:
        return Dialect(",", (_rows(lines, ",")[0][0].strip(),))
    raise UserError(f"data.path={path}: its rows have from {min(widths)} to {max(widths)} fields")


def _separated(lines: Sequence[str], mark: str) -> tuple[tuple[bool, bool, float], Dialect] | None:
    """The dialect with this separator, and its rank: rows of one length and the most numbers first. None: no rows."""
    first, *rest = _rows(lines, mark)
    fields = tuple(field.strip() for field in first)
    padded = mark == " " and lines[0][0].isspace()
    widths = {len(row) for row in rest} or {len(first)}
    width, indexed, trailing = max(widths), False, False
    if len(widths) > 1 or width < 2 or len(first) not in (width, width - 1):
        return None
    if len(first) == width - 1:
        trailing = not any(row[-1].strip() for row in rest)
        unnamed = padded and not lines[1][0].isspace()  # the first line begins with an empty name
        certain = unnamed or lines[1].lstrip().startswith('"')
        indexed = not trailing and _names_rows([row[0] for row in rest], certain)
        if not trailing and not indexed:
            return None
    numbers = [is_number(field) for row in rest or [first] for field in row]
    share = sum(numbers) / len(numbers)
    rank = (not indexed and not trailing, mark != " " and share > 0, share)  # names may hold spaces
    return rank, Dialect(mark, fields, indexed, trailing, padded)


def _names_rows(fields: Sequence[str], certain: bool) -> bool:
    """Whether the first fields of rows name the rows: distinct and, if not certain, words, 0, 1, … or 1, 2, …."""
    counts = ([str(number + start) for number in range(len(fields))] for start in (0, 1))
    words = not any(map(is_number, fields))
    return len(set(fields)) == len(fields) and (words or certain or list(fields) in counts)


def _rows(lines: Iterable[str], mark: str) -> list[list[str]]:
    if mark == " ":  # columns aligned by any number of spaces and tabs
        lines = (re.sub(r"\s+", " ", line.strip()) for line in lines)
    return [row for row in csv.reader(lines, delimiter=mark, skipinitialspace=True) if row]


def is_number(field: str) -> bool:
    """Whether a field is a number, as pandas reads it: 1_000 is none."""
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field
