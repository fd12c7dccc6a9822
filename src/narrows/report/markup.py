"""Texts and tables as HTML, Markdown, CSV and plain text, in which words of the user's are never markup.

Numbers of a table that stand between `**` are bold; its first columns hold levels, in which `**` is text.
"""

import html
import re
from collections.abc import Callable

import pandas as pd
from pandas import DataFrame

LONG = 40  # characters of a text that is wrapped
BOLD = re.compile(r"\*\*(.+?)\*\*")
MARKDOWN = re.compile(r"[\\`*<>\[\]|]|(?<![^\W_])_|_(?![^\W_])")  # _ within a word is no markup
FORMULA = tuple("=+-@\t\r")  # a spreadsheet evaluates a text that begins with one of these


def markdown(text: object) -> str:
    """The text as one line of Markdown, without markup in it."""
    return _escaped(" ".join(str(text).split()))


def _escaped(text: str) -> str:
    return MARKDOWN.sub(lambda sign: "&lt;" if sign[0] == "<" else f"\\{sign[0]}", text)


def code(text: str) -> str:
    """The text as code in Markdown, between more backticks than it has in a row."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"


def markdown_table(table: DataFrame, levels: int | None = None) -> str:
    """The table in Markdown; its first `levels` columns have no bold numbers, by default none has."""
    escaped = _each(table, levels, markdown, lambda text: "**".join(map(_escaped, text.split("**"))))
    text: str = escaped.to_markdown(index=False, disable_numparse=True)
    return text


def html_table(table: DataFrame, levels: int | None = None) -> str:
    """The table in HTML; long texts in its last column are wrapped, numbers are not."""
    wraps = table.iloc[:, -1].astype(str).str.len().max() > LONG
    escaped = _each(table, levels, html.escape, lambda text: BOLD.sub(r"<b>\1</b>", html.escape(text)))
    with pd.option_context("display.max_colwidth", None):
        text: str = escaped.to_html(index=False, border=0, escape=False, classes="wraps" if wraps else None)
    return text


def without_bold(table: DataFrame, levels: int) -> DataFrame:
    """The table as plain text."""
    return _each(table, levels, str, lambda text: BOLD.sub(r"\1", text))


def for_spreadsheets(table: DataFrame) -> DataFrame:
    """The table with an apostrophe before each text that a spreadsheet would evaluate as a formula."""
    texts = table.map(lambda cell: _harmless(cell) if isinstance(cell, str) else cell)
    return texts.rename(columns=lambda name: _harmless(str(name)))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _each(table: DataFrame, levels: int | None, plain: Callable[[str], str], number: Callable[[str], str]) -> DataFrame:
    """The table with `plain` applied to its first columns and all names, and `number` to the other columns."""
    first = len(table.columns) if levels is None else levels
    columns = [
        [(plain if place < first else number)(str(cell)) for cell in table.iloc[:, place]]
        for place in range(len(table.columns))
    ]
    rows = list(zip(*columns, strict=True))
    return DataFrame(rows, columns=[plain(str(name)) for name in table.columns])
