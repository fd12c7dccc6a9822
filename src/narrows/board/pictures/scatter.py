"""Codes of two numbers as points, coloured by label."""

from functools import lru_cache
from threading import Lock

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from torch import Tensor

INCHES, DOTS = 4.8, 100  # as wide as the other pictures
AREA = (0.12, 0.1, 0.74, 0.88)  # of the axes, as shares of the picture: left, bottom, width, height
FEW = 10  # labels in a legend; more get a colour bar

DRAWING = Lock()  # held by whoever draws, since figures are drawn in again and again


def scatter(codes: Tensor, labels: Tensor) -> Tensor:
    """Codes (N, 2) and labels (N,) to a picture (3, height, width) in [0, 1]."""
    places = codes.cpu().float().numpy()
    with DRAWING:
        figure, points = _chart(tuple(labels.unique().tolist()))
        points.set_offsets(places)
        points.set_array(labels.numpy())
        axes = figure.axes[0]
        axes.dataLim = Bbox.null()
        axes.update_datalim(places)
        axes.autoscale_view()
        return drawn(figure)


@lru_cache(maxsize=4)
def _chart(labels: tuple[int, ...]) -> tuple[Figure, PathCollection]:
    """A figure with a point for each of these labels; making one takes longer than drawing it."""
    figure = Figure((INCHES, INCHES), dpi=DOTS)
    axes = figure.add_axes(AREA)
    few = len(labels) <= FEW
    points = axes.scatter(
        [0.0] * len(labels), [0.0] * len(labels), 8, labels, cmap=colormaps["tab10" if few else "viridis"]
    )
    if few:
        handles, names = points.legend_elements(num=list(labels))
        axes.legend(list(handles), names, loc="upper left", bbox_to_anchor=(1, 1), frameon=False, handletextpad=0)
    else:
        figure.colorbar(points)
    axes.set(xlabel="first number of the code", ylabel="second number")
    return figure, points


def drawn(figure: Figure) -> Tensor:
    """The figure as a picture (3, height, width) in [0, 1]."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return torch.from_numpy(np.array(canvas.buffer_rgba())[..., :3]).permute(2, 0, 1) / 255
