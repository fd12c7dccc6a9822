"""How a table of text is written: its separator, and what its first row looks like beside the others."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from narrows.errors import UserError
from narrows.own.number_marks import ambiguous_thousand, have_decimal_commas, is_number, with_point
from narrows.own.raw import shortened
from narrows.own.text_files import encoding, gzipped, opened, refuse_binary

SEPARATORS = (",", ";", "\t", "|", " ")
PEEKED = 20  # rows that the separator is found from
QUOTE = '"'

#: What stands for a missing number: pandas' list.
GAPS = {
    *("", "#N/A", "#N/A N/A", "#NA", "<NA>", "N/A", "NA", "NULL", "NaN", "-NaN", "None", "n/a", "nan", "-nan", "null"),
    *("-1.#IND", "-1.#QNAN", "1.#IND", "1.#QNAN"),
}

#: Lines above a table: comments, and the separator as Excel writes it.
COMMENT = re.compile(r"\s*[#%]")
COMMENT_WORD = re.compile(r"\s*[#%]\s")  # the mark is a word of its own
PREAMBLE = re.compile(rf"{COMMENT.pattern}|\"?sep=.\"?\s*$")


@dataclass(frozen=True)
class Dialect:
    """The separator of a table, the fields of its first row, and whether its rows are not equally long.

    `indexed`: the first row is one field shorter than the others, which begin with a name of the row, as R writes them.
    `trailing`: all rows but the first end with a separator. `padded`: the first line begins with a space. `decimal`:
    the decimal mark of the numbers. `skipped`: number of lines above the first row. `ambiguous`: a number such as 1.234
    in a file where it may be a thousand as well; empty if there is none. `quoted`: only the first row has its fields in
    quotes, as R writes names.
    """

    separator: str
    first: tuple[str, ...]
    indexed: bool = False
    trailing: bool = False
    padded: bool = False
    decimal: str = "."
    skipped: int = 0
    ambiguous: str = ""
    quoted: bool = False

    def options(self, path: Path) -> dict[str, Any]:
        """The arguments of pandas' `read_csv` for this file."""
        return {
            "sep": r"\s+" if self.separator == " " else self.separator,
            "decimal": self.decimal,
            "skiprows": self.skipped,
            "compression": "gzip" if gzipped(path) else None,
            "encoding": encoding(path),
            "skipinitialspace": True,
            "low_memory": False,  # else the type of a column may change in the middle
            "index_col": False if self.trailing else None,
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """What was taken for granted, as in `Raw`."""
        whole = self.ambiguous.replace(".", "")
        return (
            *(["numbers with a decimal comma"] if self.decimal == "," else []),
            *([f"left out: lines of comments at the top ({self.skipped})"] if self.skipped else []),
            *([f"{self.ambiguous} is read as a fraction, not as {whole}"] if self.ambiguous else []),
            *(["left out: the names of the rows, which the first row does not name"] if self.indexed else []),
        )


#: A dialect and its rank among the separators: the larger, the better.
Ranked = tuple[tuple[bool, bool, float], Dialect]


def dialect(path: Path) -> Dialect:
    """The dialect of a table, from its first rows. Raises UserError if no separator gives rows of one length."""
    with opened(path) as file:
        numbered = list(islice(((number, line) for number, line in enumerate(file) if line.strip()), PEEKED))
    refuse_binary(path, "".join(line for _, line in numbered))
    if not numbered:
        raise UserError(f"data.path={path}: is empty")
    above = next((i for i, (_, line) in enumerate(numbered) if not PREAMBLE.match(line)), 0)
    candidates = _candidates([line for _, line in numbered], above)
    lines = [line for _, line in numbered[above:]]
    if candidates:
        start, best = max(candidates, key=lambda candidate: (candidate[1][0], -candidate[0]))
        return replace(best[1], skipped=numbered[start][0] if start else 0)
    if {len(row) for row in _rows(lines, ",")} == {1}:
        return Dialect(",", (_rows(lines, ",")[0][0].strip(),), skipped=numbered[above][0] if above else 0)
    raise UserError(f"data.path={path}: {_ragged(numbered[above:])}")


def _candidates(lines: Sequence[str], above: int) -> list[tuple[int, Ranked]]:
    """The dialects of the lines below the first `above`, which are comments, with the number of lines to skip.

    The last comment may hold the names of the columns: `# a,b`.
    """
    below = [(above, ranked) for mark in SEPARATORS if (ranked := _separated(lines[above:], mark))]
    if not above or not COMMENT.match(lines[above - 1]):
        return below
    comment = lines[above - 1 :]
    marks = [mark for mark in SEPARATORS if mark != " " or not COMMENT_WORD.match(comment[0])]
    named = [(above - 1, ranked) for mark in marks if (ranked := _separated(comment, mark))]
    return below + [candidate for candidate in named if not candidate[1][1].indexed and not candidate[1][1].trailing]


def _ragged(numbered: Sequence[tuple[int, str]]) -> str:
    """The first line that has another number of fields than most, with the separator that most lines have in common."""
    widths = {mark: [len(_rows([line], mark)[0]) for _, line in numbered] for mark in SEPARATORS}
    shared = {mark: Counter(width for width in widths[mark] if width > 1).most_common(1) for mark in SEPARATORS}
    mark = max(SEPARATORS, key=lambda mark: shared[mark][0][1] if shared[mark] else 0)
    usual = shared[mark][0][0]
    others = [pair for pair, width in zip(numbered, widths[mark], strict=True) if width != usual]
    if not others:
        return "its rows do not have the same number of fields; a quote may be missing"
    number, line = others[0]
    return f"line {number + 1} ({shortened(line.strip())}) does not have {usual} fields like the others"


def _separated(lines: Sequence[str], mark: str) -> Ranked | None:
    """The dialect with this separator, and its rank; None if it gives no rows of one length with several fields."""
    first, *rest = _rows(lines, mark)
    fields = tuple(field.strip() for field in first)
    padded = mark == " " and lines[0][0].isspace()
    widths = {len(row) for row in rest} or {len(first)}
    width, short = max(widths), len(first) < max(widths)
    if len(widths) > 1 or width < 2 or len(first) not in (width, width - 1):
        return None
    trailing = short and not any(row[-1].strip() for row in rest)
    indexed = short and not trailing and _names_rows([row[0] for row in rest], _begins_with_names(lines, padded))
    if short and not trailing and not indexed:
        return None
    body = [field.strip() for row in rest or [first] for field in row]
    ambiguous = ambiguous_thousand(body) if mark == ";" else ""
    decimal = "," if mark != "," and have_decimal_commas(body) else "."
    if decimal == ",":
        fields, body = tuple(map(with_point, fields)), [with_point(field) for field in body]
    share = sum(map(is_number, body)) / len(body)
    rank = (not indexed and not trailing, mark != " " and share > 0, share)  # names may hold spaces
    quoted = lines[0].count(QUOTE) >= 2 * len(fields) and bool(rest) and not any(QUOTE in line for line in lines[1:])
    return rank, Dialect(mark, fields, indexed, trailing, padded, decimal, ambiguous=ambiguous, quoted=quoted)


def _begins_with_names(lines: Sequence[str], padded: bool) -> bool:
    """Whether the rows begin with their names for sure: in quotes, or below a first line that begins with spaces."""
    return (padded and not lines[1][0].isspace()) or lines[1].lstrip().startswith(QUOTE)


def _names_rows(fields: Sequence[str], certain: bool) -> bool:
    """Whether the first fields of rows name the rows: distinct and, if not certain, words, 0, 1, … or 1, 2, …."""
    counts = ([str(number + start) for number in range(len(fields))] for start in (0, 1))
    words = not any(map(is_number, fields))
    return len(set(fields)) == len(fields) and (words or certain or list(fields) in counts)


def _rows(lines: Iterable[str], mark: str) -> list[list[str]]:
    if mark == " ":  # columns aligned by any number of spaces and tabs
        lines = (re.sub(r"\s+", " ", line.strip()) for line in lines)
    return [row for row in csv.reader(lines, delimiter=mark, skipinitialspace=True) if row]
