"""Training and validation loss in one chart, told apart by colour: TensorBoard has one colour for each run."""

from collections.abc import Mapping, Sequence
from functools import cache

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from narrows.board.pictures.scatter import DOTS, DRAWING, INCHES, drawn

#: Each curve with its label and colour, a pair that the colour-blind can tell apart.
CURVES = {"train/loss": ("training", "tab:blue"), "val/loss": ("validation", "tab:orange")}
AREA = (0.15, 0.15, 0.82, 0.81)  # of the axes, as shares of the picture: left, bottom, width, height


def losses(curves: Mapping[str, Sequence[float]]) -> Tensor:
    """The losses after each epoch as a picture (3, height, width) in [0, 1]."""
    with DRAWING:
        figure, lines = _chart(tuple(name for name in CURVES if curves.get(name)))
        for name, line in lines.items():
            line.set_data(range(1, len(curves[name]) + 1), curves[name])
        (axes,) = figure.axes
        axes.relim()
        axes.autoscale_view()
        return drawn(figure)


@cache
def _chart(names: tuple[str, ...]) -> tuple[Figure, dict[str, Line2D]]:
    """A figure with an empty line for each of these curves; making one takes longer than drawing it."""
    figure = Figure((INCHES, INCHES / 1.5), dpi=DOTS)
    axes = figure.add_axes(AREA)
    lines = {}
    for label, colour, name in ((*CURVES[name], name) for name in names):
        (lines[name],) = axes.plot([], [], ".-", color=colour, label=label, markersize=4)
    axes.set(xlabel="epoch", ylabel="loss")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, loc="upper right")
    return figure, lines
