"""Codes of two numbers as points, coloured by label."""

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor

INCHES, DOTS = 4.8, 100  # as wide as the other pictures
FEW = 10  # labels in a legend; more get a colour bar


def scatter(codes: Tensor, labels: Tensor) -> Tensor:
    """Codes (N, 2) and labels (N,) to a picture (3, height, width) in [0, 1]."""
    figure = Figure((INCHES, INCHES), dpi=DOTS, layout="constrained")
    axes = figure.subplots()
    x, y = codes.cpu().float().unbind(1)
    colours = colormaps["tab10" if _few(labels) else "viridis"]
    points = axes.scatter(x.numpy(), y.numpy(), 8, labels.numpy(), cmap=colours)
    if _few(labels):
        handles, names = points.legend_elements(num=labels.unique().tolist())
        axes.legend(list(handles), names, loc="upper left", bbox_to_anchor=(1, 1), frameon=False, handletextpad=0)
    else:
        figure.colorbar(points)
    axes.set(xlabel="first number of the code", ylabel="second number")
    return drawn(figure)


def drawn(figure: Figure) -> Tensor:
    """The figure as a picture (3, height, width) in [0, 1]."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return torch.from_numpy(np.array(canvas.buffer_rgba())[..., :3]).permute(2, 0, 1) / 255


def _few(labels: Tensor) -> bool:
    return len(labels.unique()) <= FEW
