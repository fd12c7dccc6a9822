"""Axes side by side that share their scales, their labels, and a legend below them."""

from collections.abc import Sequence
from math import ceil

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text

from narrows.report.figures.fitting import EM, length, wrapped
from narrows.report.figures.style import figure, number

NARROWEST = 16  # characters across the narrowest panel
GAP = 2  # characters between panels
FRAME = 8  # characters: the width of an axis' label and tick labels
LINE = 1.4 / EM  # height of a line of text, in characters' widths


class Panels:
    """A figure with a panel for each of `titles`, each at least `narrowest` characters wide.

    `frame` is the width, in characters, of what stands left and right of the panels. `inches` is the estimated length
    of each x axis.
    """

    def __init__(self, titles: Sequence[str], narrowest: int = NARROWEST, frame: int = FRAME) -> None:
        width, row = mpl.rcParams["figure.figsize"]
        columns = max(1, int((width / length("0") - frame) / (narrowest + GAP)))
        self.rows = rows = ceil(len(titles) / columns)
        columns = ceil(len(titles) / rows)
        self.height = row if columns == 1 and rows == 1 else min(row, 0.8 * width / columns + 3 * length("0"))
        self.figure = figure(width, rows * self.height)
        self.inches = (width - frame * length("0")) / columns - GAP * length("0")
        grid = np.ravel(self.figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False))
        self.x_label: Text | None = None
        self.y_label: Text | None = None
        self.below = 0.0
        self.axes: list[Axes] = list(grid[: len(titles)])
        for axes, title in zip(self.axes, titles, strict=True):
            axes.set_title(wrapped(number(title), self.inches))
        self._remove(list(grid[len(titles) :]), list(grid), columns)

    def _remove(self, empty: Sequence[Axes], grid: Sequence[Axes], columns: int) -> None:
        """Remove the places that are left over; the panels above them show the labels of their ticks."""
        for axes in empty:
            axes.remove()
            grid[list(grid).index(axes) - columns].tick_params(labelbottom=True)

    def grow(self, height: float) -> None:
        """Make each row of panels higher by these inches."""
        self.height += height
        self.figure.set_figheight(self.figure.get_figheight() + height * self.rows)

    def label(self, x: str, y: str) -> None:
        """The labels of the axes, once for all panels."""
        room = self.inches if len(self.axes) == 1 else 0.9 * self.figure.get_figwidth()
        x, y = wrapped(x, room), wrapped(y, 0.85 * self.figure.get_figheight())
        if len(self.axes) == 1:
            self.grow(LINE * length("0") * x.count("\n"))
            self.axes[0].set(xlabel=x, ylabel=y)
        else:
            self.y_label = self.figure.supylabel(y)
            self.x_label = self.figure.text(0.5, 0, x, ha="center", va="bottom", in_layout=False)
            self._below(LINE * length("0") * len(x.split("\n")))

    def legend(self, handles: Sequence[Artist], labels: Sequence[str], title: str = "") -> None:
        """A legend below the axes, in as many columns as fit."""
        gap = LINE / 2 * length("0") if title else 0  # else the title reads as a part of the label of x
        height = self._below(_add_legend(self.figure, handles, labels, title) + gap)
        if self.x_label:
            self.x_label.set_y(height / self.figure.get_figheight())

    def _below(self, height: float) -> float:
        """Make the figure higher by these inches, so that the axes do not shrink by what stands below them."""
        self.below += height
        whole = self.figure.get_figheight() + height
        self.figure.set_figheight(whole)
        engine = self.figure.get_layout_engine()
        assert isinstance(engine, ConstrainedLayoutEngine)
        engine.set(rect=(0, self.below / whole, 1, 1 - self.below / whole))
        if self.y_label:
            self.y_label.set_y((1 + self.below / whole) / 2)
        return height


def _add_legend(drawn: Figure, handles: Sequence[Artist], labels: Sequence[str], title: str) -> float:
    """A legend at the lower edge with as few rows as fit; returns its height in inches."""
    width, labels = drawn.get_figwidth(), [wrapped(number(label), 0.8 * drawn.get_figwidth()) for label in labels]
    renderer = FigureCanvasAgg(drawn).get_renderer()
    for rows in range(1, len(labels) + 1):
        legend = drawn.legend(
            handles,
            labels,
            loc="lower center",
            ncols=ceil(len(labels) / rows),
            title=wrapped(title, width) or None,
            alignment="left",
            borderaxespad=0.2,
        )
        extent = legend.get_window_extent(renderer)
        if extent.width <= 0.98 * width * drawn.dpi or rows == len(labels):
            break
        legend.remove()
    legend.set_in_layout(False)
    return float(extent.height) / drawn.dpi
