"""Points whose bars have unequal halves: shares of few runs, and bounds, which have none."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from pandas import DataFrame

from narrows.report.figures.style import COLOURS, MARKERS


def dots(axes: Axes, rows: DataFrame, keys: Sequence[str], ends: Sequence[str], hollow: str | None = None) -> None:
    """Over the names in the first of two `keys`, side by side for the levels of the second.

    `ends` are the columns of the middle and of a bar's two ends; rows true in the column `hollow` have no bar.
    """
    names, lines = (list(dict.fromkeys(rows[key])) for key in keys)
    for name, line, middle, low, high, bound in zip(
        *(rows[key] for key in (*keys, *ends)), rows[hollow] if hollow else [False] * len(rows), strict=True
    ):
        i = lines.index(line)
        at = names.index(name) + 0.15 * (i - (len(lines) - 1) / 2)
        axes.errorbar(
            at, middle, None if bound else [[middle - low], [high - middle]], color=COLOURS[i], marker=MARKERS[i],
            mfc="white" if bound else COLOURS[i], capsize=2, ls="", label=line if name == names[-1] else None,
        )  # fmt: skip
    axes.set_xticks(range(len(names)), names, rotation=30 if len(names) > 3 else 0)
