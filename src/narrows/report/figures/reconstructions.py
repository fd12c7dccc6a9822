"""Reconstructions of the same test images at every level on x: the only part of the report that opens checkpoints."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pandas import DataFrame, Series

from narrows.config.data_section import data_of
from narrows.config.quantities import Quantity
from narrows.errors import UserError
from narrows.report.figures.fitting import length, wrapped
from narrows.report.figures.panels import LINE
from narrows.report.figures.style import figure
from narrows.report.layout import fixed_levels
from narrows.runs.record import Record
from narrows.runs.run_folder import BEST, LAST
from narrows.stats.factors import few, x_factor
from narrows.stats.grid import Grid
from narrows.stats.runs_and_cells import scored, where

MOST_ROWS = 12
CLASSES = 10
LABEL = 0.3  # the longest label on the left of a row, as a share of the width
GAP = 0.08  # between rows, as a share of their height
CHECKPOINTS = (BEST, LAST)


def reconstructions(grid: Grid) -> Figure:
    """The originals, below them a row for each level on x, reconstructed by the level's median run.

    Raises UserError if the images or a checkpoint cannot be read.
    """
    return reconstructed(grid, median_runs(grid))


def reconstructed(grid: Grid, runs: dict[str, str]) -> Figure:
    """The originals, below them a row for each of these runs by its label. Raises UserError as `reconstructions`."""
    checkpoints = {label: _checkpoint(grid.folders[run]) for label, run in runs.items()}
    originals, labels = _originals([grid.records[run] for run in runs.values()])
    rows = {label: _reconstructed(path, originals, labels) for label, path in checkpoints.items()}
    return rows_of_images({"original": originals} | rows)


def median_runs(grid: Grid) -> dict[str, str]:
    """The run with the median of the main quantity at each level on x, the other factors fixed.

    Raises UserError if no such run finished.
    """
    x = x_factor(grid.factors)
    runs = where(scored(grid.runs), fixed_levels(grid, [x] if x else []))
    levels = few(x.levels, MOST_ROWS) if x else []
    groups = {x.at(level): where(runs, {x.key: level}) for level in levels} if x else {"reconstructed": runs}
    medians = {label: _median(group, grid.main) for label, group in groups.items() if len(group)}
    if not medians:
        raise UserError("no run finished at the levels at which the other factors are fixed")
    return medians


def _median(runs: DataFrame, main: Quantity) -> str:
    """The run in the middle; of an even number the better one of the two in the middle."""
    ordered: Series[str] = runs.sort_values(main.name, ascending=main.better != "higher")["run"]
    return str(ordered.iloc[(len(ordered) - 1) // 2])


def _originals(records: list[Record]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The first test image of each of up to ten classes, or the first ten images if there are none, and their labels.

    (10, C, H, W) and (10,).
    """
    import torch  # 2 s that no other part of the report needs

    from narrows.data.sources import dataset

    if len({(record.data.name, record.data.checksum) for record in records}) > 1:
        raise UserError("the runs were trained on different data")
    section = data_of(records[0].config["data"])
    if section.entry.checksum != records[0].data.checksum:
        raise UserError(f"{section.title} has changed since the runs")
    if section.base_scale != "pixels":
        raise UserError(f"{section.title} holds no pixels")
    test = dataset(section).test
    first = [rows[0] for label in range(CLASSES) if len(rows := np.flatnonzero(test.labels.numpy() == label))]
    shown = test[torch.tensor(first) if len(first) > 1 else slice(CLASSES)]
    return shown.pixels.numpy(), shown.labels.numpy()


def _checkpoint(run: Path) -> Path:
    checkpoints = [run / name for name in CHECKPOINTS if (run / name).is_file()]
    if not checkpoints:
        raise UserError(f"run {run.name} has no checkpoint")
    return checkpoints[0]


def _reconstructed(checkpoint: Path, originals: NDArray[np.uint8], labels: NDArray[np.int64]) -> NDArray[np.uint8]:
    import torch

    from narrows.data.preparation import Preparation
    from narrows.data.sources import as_floats
    from narrows.models.conditional import with_labels
    from narrows.runs.checkpoint import card, load

    try:
        with torch.inference_mode():
            autoencoder, pixels = load(checkpoint), torch.from_numpy(originals)
            if preparation := card(checkpoint).get("preparation"):  # of normalised contrast; bytes stay as they are
                pixels = Preparation(**preparation)(pixels)
            inputs = with_labels(pixels, torch.from_numpy(labels)) if autoencoder.conditional else pixels
            images = autoencoder.reconstruct(as_floats(inputs))
    except (ValueError, RuntimeError, KeyError) as error:  # written by another version, or of images of another shape
        raise UserError(f"run {checkpoint.parent.name}: {' '.join(str(error).split())[:120]}") from None
    return (images.clamp(0, 1) * 255).round().byte().numpy()


def rows_of_images(rows: dict[str, NDArray[np.uint8]]) -> Figure:
    """Rows of images (N, C, H, W) across the figure, each with its label.

    The labels stand on the left if none of them needs more lines than are as high as the images, else above the rows.
    """
    width = figure().get_figwidth()
    strips = [np.hstack([image.mean(0) for image in images]) for images in rows.values()]
    shape = strips[0].shape[0] / strips[0].shape[1]
    labels = [wrapped(label, LABEL * width) for label in rows]
    left = max(map(length, labels)) + length("00")
    height = (width - left) * shape
    if _height(labels) <= height:
        drawn, all_axes = _strips(len(rows), left, height, GAP * height)
        for axes, label in zip(all_axes, labels, strict=True):
            axes.set_ylabel(label, rotation=0, ha="right", va="center")
    else:
        labels = [wrapped(label, width) for label in rows]
        drawn, all_axes = _strips(len(rows), 0, width * shape, _height(labels) + 2 * GAP * height)
        for axes, label in zip(all_axes, labels, strict=True):
            axes.set_title(label, loc="left", pad=2, va="bottom")
    for axes, strip in zip(all_axes, strips, strict=True):
        axes.imshow(strip, cmap="gray", vmin=0, vmax=255, aspect="auto")
        axes.set(xticks=[], yticks=[])
        axes.grid(visible=False)
    return drawn


def _height(labels: list[str]) -> float:
    """Inches of the label with most lines."""
    return max(label.count("\n") + 1 for label in labels) * LINE * length("0")


def _strips(count: int, left: float, height: float, above: float) -> tuple[Figure, list[Axes]]:
    """A new figure with axes below each other from `left` to the right edge, with room `above` each; in inches."""
    whole = count * (height + above)
    drawn = figure(height=whole)
    drawn.set_layout_engine("none")
    place = {"left": left / drawn.get_figwidth(), "right": 1, "top": 1 - above / whole, "bottom": 0}
    return drawn, list(np.ravel(drawn.subplots(count, 1, gridspec_kw=place | {"hspace": above / height})))
