"""The table of errors for a paper, in LaTeX with booktabs."""

from narrows.report.captions import errors_table
from narrows.report.tables.error_tables import errors
from narrows.stats.grid import Grid

SIGNS = {"± ": r"$\pm$ ", "†": r"$^\dagger$", "× 10⁻³": r"$\times 10^{-3}$", "–": "--"}


def latex(grid: Grid) -> str:
    """The source of a table environment with caption and label."""
    table = errors(grid)
    styled = table.style.hide(axis="index").format(escape="latex").format_index(escape="latex", axis=1)
    source: str = styled.to_latex(
        hrules=True, caption=_escaped(errors_table(grid)), label=f"tab:{grid.study.name}", position_float="centering",
        column_format="l" + "r" * (len(table.columns) - 1),
    )  # fmt: skip
    for sign, command in SIGNS.items():
        source = source.replace(sign, command)
    return "% needs \\usepackage{booktabs}\n" + source


def _escaped(text: str) -> str:
    return text.replace("%", r"\%").replace("&", r"\&").replace("_", r"\_")
