"""The methods and settings for a paper, in LaTeX; the table fits a column of 3.3 inches."""

import re

from pandas import DataFrame

from narrows.report.tables.latex_text import escaped, safe_label

HEAD = r"""\begin{table}
\centering
\footnotesize
\setlength{\tabcolsep}{3pt}
\caption{Settings of the runs.}
\label{LABEL}
\par\smallskip
\begin{tabular}{>{\raggedright\arraybackslash}p{1.35in}>{\raggedright\arraybackslash}p{1.75in}}
\toprule
setting & value \\
\midrule"""
FOOT = r"""\bottomrule
\end{tabular}
\end{table}"""


def methods_latex(methods: str, settings: DataFrame, label: str) -> str:
    """The paragraph, then the table of settings, whose `label` is for references to it."""
    rows = [
        f"{_breakable(key)} & {_breakable(value)} \\\\"
        for key, value in zip(settings["setting"], settings["value"], strict=True)
    ]
    needs = "% needs \\usepackage{booktabs} and \\usepackage{array}"
    return "\n".join([needs, escaped(methods), "", HEAD.replace("LABEL", safe_label(label)), *rows, FOOT, ""])


def _breakable(text: str) -> str:
    """The text for LaTeX, which may break a line after each dot, underscore or hyphen between letters."""
    return re.sub(r"(?<=\w)(\.|\\_|-|/)(?=[A-Za-z])", r"\1\\allowbreak{}", escaped(text))
