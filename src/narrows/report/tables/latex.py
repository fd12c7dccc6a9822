"""The tables for a paper, in LaTeX with booktabs and siunitx. Two factors fit a column of 3.3 inches, three a page.

A table that is too wide for the paper is cut into blocks of columns, which stand below each other.
"""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from narrows.report.numbers import interval
from narrows.report.tables.cell_tables import cell_tables
from narrows.report.tables.columns import Cell, CellTable, Column
from narrows.report.tables.latex_text import escaped, safe_label
from narrows.report.tables.text_tables import caption
from narrows.stats.grid import Grid
from narrows.stats.inference import ROUNDING

COLUMN, PAGE = 54, 114  # characters of 8 point text in 3.3 and in 6.9 inches
GAP = 1.5  # characters between columns
WRAPPED = 24  # characters of a level, or of the name of a factor, that stand in one line

SETTINGS = r"\sisetup{detect-weight=true, mode=text}"  # bold numbers
PACKAGES = "% needs \\usepackage{booktabs} and \\usepackage{siunitx}\n"


def latex(grid: Grid) -> str:
    """The source of a table environment for each quantity, with captions and labels."""
    label = grid.study.label or f"tab:{grid.study.name}"
    wide = len(grid.factors) > 2
    tables = min(cell_tables(grid), cell_tables(grid, turned=True), key=lambda tables: _cut_lines(tables[0], wide))
    environments = [
        _environment(table, label if place == 0 else f"{label}-{place + 1}", wide) for place, table in enumerate(tables)
    ]
    return PACKAGES + "\n".join(environments)


def _cut_lines(table: CellTable, wide: bool) -> int:
    """How many lines the table is high if it has to be cut, else 0."""
    blocks = len(list(_blocks(table, PAGE if wide else COLUMN)))
    return blocks * (len(table.rows) + 4) if blocks > 1 else 0


def _environment(table: CellTable, label: str, wide: bool) -> str:
    name = "table*" if wide else "table"
    blocks = [_tabular(table, columns) for columns in _blocks(table, PAGE if wide else COLUMN)]
    lines = [
        rf"\begin{{{name}}}", r"\centering", r"\footnotesize", r"\setlength{\tabcolsep}{3pt}", SETTINGS,
        rf"\caption{{{escaped(caption(table, brackets=False))}}}", rf"\label{{{safe_label(label)}}}", r"\par\smallskip",
        "\n\n\\medskip\n".join(blocks), rf"\end{{{name}}}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _blocks(table: CellTable, characters: float) -> Iterator[list[Column]]:
    """The columns, as many together as fit beside those of the levels; at least one."""
    heads = sum(GAP + min(WRAPPED, width) for width in _widths_of_levels(table))
    block: list[Column] = []
    for columns in _with_references(table.columns):
        if block and heads + sum(GAP + _width(column) for column in [*block, *columns]) > characters:
            yield block
            block = []
        block = [*block, *columns]
    yield block


def _widths_of_levels(table: CellTable) -> list[int]:
    """The width of each column of levels in characters."""
    return [max(map(len, texts)) for texts in zip(table.heads, *table.rows, strict=True)]


def _kinds_of_levels(table: CellTable) -> str:
    """The kinds of the columns of levels; long ones are wrapped."""
    wrapped = rf">{{\raggedright\arraybackslash}}p{{{WRAPPED / 2:g}em}}"  # two characters are about 1 em
    return "".join(wrapped if width > WRAPPED else "l" for width in _widths_of_levels(table))


def _with_references(columns: Sequence[Column]) -> list[list[Column]]:
    """Each column, with the reference that stands beside it."""
    together: list[list[Column]] = []
    for column in columns:
        if column.reference:
            together[-1].append(column)
        else:
            together.append([column])
    return together


def _width(column: Column) -> float:
    """The width of a column in characters."""
    cells = [cell for cell in column.cells if cell and cell.n]
    numbers = max((len(interval(cell.mean, cell.low, cell.high, column.places)) for cell in cells), default=3) - 1
    return max(numbers, _longest_word(column.name))


def _longest_word(name: str) -> int:
    """The width of a head, which is broken between its words."""
    return max(map(len, name.split()), default=0)


def _tabular(table: CellTable, columns: Sequence[Column]) -> str:
    spread = [any(_half(cell, column) for cell in column.cells if cell) for column in columns]
    kinds = "".join(map(_kind, columns, spread))
    lines = [
        rf"\begin{{tabular}}{{{_kinds_of_levels(table)}{kinds}}}", r"\toprule", *_groups(table, columns, spread),
        " & ".join([*map(escaped, table.heads), *map(_head, columns, spread)]) + r" \\", r"\midrule",
        *(_row(table, columns, spread, place) for place in range(len(table.rows))),
        r"\bottomrule", r"\end{tabular}",
    ]  # fmt: skip
    return "\n".join(lines)


def _kind(column: Column, spread: bool) -> str:
    """The kind of a column: aligned at the decimal point, with its half-width behind ±."""
    if column.skewed:
        return "r"
    mean = rf"S[table-format={_format([_number(cell, column) for cell in column.cells if cell and cell.n])}]"
    halves = [half for cell in column.cells if cell and (half := _half(cell, column))]
    return mean + (rf"@{{\,$\pm$\,}}S[table-format={_format(halves)}]" if spread else "")


def _format(numbers: Sequence[str]) -> str:
    """“2.3”: the most digits before and after the decimal point, with the sign of negative numbers."""
    whole = max((len(number.lstrip("-").partition(".")[0]) for number in numbers), default=1)
    places = max((len(number.partition(".")[2]) for number in numbers), default=0)
    return ("-" if any(number.startswith("-") for number in numbers) else "") + f"{whole}.{places}"


def _groups(table: CellTable, columns: Sequence[Column], spread: Sequence[bool]) -> list[str]:
    """The heads above the columns' names, each over its columns and with a rule below; none without a factor there."""
    if not table.over:
        return []
    titles = [_title(table, column) for column in columns]
    cells, rules, place = [""] * len(table.heads), [], len(table.heads) + 1
    for title, members in groupby(zip(titles, spread, strict=True), key=lambda pair: pair[0]):
        width = sum(1 + wide for _, wide in members)
        cells.append(_over(width, escaped(title)) if title else " & " * (width - 1))
        rules.append(rf"\cmidrule(lr){{{place}-{place + width - 1}}}" if title else "")
        place += width
    return [" & ".join(cells) + r" \\", "".join(rules)]


def _title(table: CellTable, column: Column) -> str:
    """The head over a column: the factor's name, or of two factors the level of the first one."""
    if column.reference:
        return ""
    return column.group if len(table.over) > 1 else table.over[0]


def _head(column: Column, spread: bool) -> str:
    """The name of a column over its numbers, in several lines if it is wider than they are."""
    lines = _broken(column.name, max(_width(column), _longest_word(column.name)))
    text = r"\\".join(map(escaped, lines))
    return _over(1 + spread, rf"\shortstack{{{text}}}" if len(lines) > 1 else text)


def _over(columns: int, text: str) -> str:
    return rf"\multicolumn{{{columns}}}{{c}}{{{text}}}"


def _broken(name: str, width: float) -> list[str]:
    """The words of a name in lines of this many characters."""
    return textwrap.wrap(name, max(1, int(width)), break_long_words=False, break_on_hyphens=False) or [""]


def _row(table: CellTable, columns: Sequence[Column], spread: Sequence[bool], place: int) -> str:
    cells = [_tex(column.cells[place], column, wide) for column, wide in zip(columns, spread, strict=True)]
    return " & ".join([*map(escaped, _levels(table, place)), *cells]) + r" \\"


def _levels(table: CellTable, place: int) -> list[str]:
    """The levels of a row; one that the row above has too is printed once."""
    row, above = table.rows[place], table.rows[place - 1] if place else []
    return ["" if above[: i + 1] == row[: i + 1] and i < len(row) - 1 else level for i, level in enumerate(row)]


def _tex(cell: Cell | None, column: Column, spread: bool) -> str:
    """The mean, and behind & its half-width, which cells with one seed lack."""
    if cell is None or not cell.n:
        return _over(1 + spread, "--")
    bold, mark = r"\bfseries " if cell.best else "", "" if cell.complete else r"{\rlap{$^\dagger$}}"
    if column.skewed:
        return bold + escaped(interval(cell.mean, cell.low, cell.high, column.places)) + mark
    number, half = _number(cell, column), _half(cell, column)
    if spread and not half:
        return _over(2, bold + number + mark)
    return f"{bold}{number} & {bold}{half}{mark}" if spread else bold + number + mark


def _number(cell: Cell, column: Column) -> str:
    return f"{cell.mean:.{column.places}f}"


def _half(cell: Cell, column: Column) -> str:
    """Half of the interval; empty without one, and for intervals that are not symmetric."""
    half = (cell.high - cell.low) / 2
    return f"{half:.{column.places}f}" if half > ROUNDING * abs(cell.mean) and not column.skewed else ""
