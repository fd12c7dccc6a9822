"""The methods and settings for a paper, in LaTeX; the tables fit columns of 3.3 inches."""

import re
from collections.abc import Iterable
from math import ceil

from pandas import DataFrame

from narrows.report.tables.latex_text import escaped, safe_label

HEAD = r"""\begin{table}
\centering
\footnotesize
\setlength{\tabcolsep}{3pt}
CAPTION
\par\smallskip
\begin{tabular}{>{\raggedright\arraybackslash}p{1.35in}>{\raggedright\arraybackslash}p{1.75in}}
\toprule
setting & value \\
\midrule"""
FOOT = r"""\bottomrule
\end{tabular}
\end{table}"""

ROWS = 50  # of a table: a column of 9 inches has room for 68 lines of 8 points, and some settings take two


def methods_latex(methods: str, settings: DataFrame, label: str) -> str:
    """The paragraph, then the table of settings, whose `label` is for references to it; long ones are continued."""
    rows = [
        f"{_breakable(key)} & {_breakable(value)} \\\\"
        for key, value in zip(settings["setting"], settings["value"], strict=True)
    ]
    size = ceil(len(rows) / ceil(len(rows) / ROWS))
    first, *others = (rows[start : start + size] for start in range(0, len(rows), size))
    tables = [_table(first, rf"\caption{{Settings of the runs.}}\label{{{safe_label(label)}}}")]
    tables += [_table(part, r"\caption{Settings of the runs, continued.}") for part in others]
    needs = "% needs \\usepackage{booktabs} and \\usepackage{array}"
    return "\n".join([needs, escaped(methods), "", *tables, ""])


def _table(rows: Iterable[str], caption: str) -> str:
    return "\n".join([HEAD.replace("CAPTION", caption), *rows, FOOT])


def _breakable(text: str) -> str:
    """The text for LaTeX, which may break a line after each dot, underscore or hyphen between letters."""
    return re.sub(r"(?<=\w)(\.|\\_|-|/)(?=[A-Za-z])", r"\1\\allowbreak{}", escaped(text))
