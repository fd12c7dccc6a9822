"""Training and validation loss in one chart, told apart by colour: TensorBoard has one colour for each run."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from narrows.board.pictures.scatter import DOTS, INCHES, drawn

#: Each curve with its label and colour, a pair that the colour-blind can tell apart.
CURVES = {"train/loss": ("training", "tab:blue"), "val/loss": ("validation", "tab:orange")}


def losses(curves: Mapping[str, Sequence[float]]) -> Tensor:
    """The losses after each epoch as a picture (3, height, width) in [0, 1]."""
    figure = Figure((INCHES, INCHES / 1.5), dpi=DOTS, layout="constrained")
    axes = figure.subplots()
    for name, (label, colour) in CURVES.items():
        if values := curves.get(name):
            axes.plot(range(1, len(values) + 1), values, ".-", color=colour, label=label, markersize=4)
    axes.set(xlabel="epoch", ylabel="loss")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False)
    return drawn(figure)
