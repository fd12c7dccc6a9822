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
from narrows.report.figures.style import figure
from narrows.report.layout import fixed_levels
from narrows.runs.record import Record
from narrows.runs.run_folder import BEST, LAST
from narrows.stats.factors import few, x_factor
from narrows.stats.grid import Grid, scored, where

MOST_ROWS = 12
CLASSES = 10
LABEL = 0.3  # the longest label of a row, as a share of the width
CHECKPOINTS = (BEST, LAST)


def reconstructions(grid: Grid) -> Figure:
    """The originals, below them a row for each level on x, reconstructed by the level's median run.

    Raises UserError if the images or a checkpoint cannot be read.
    """
    return reconstructed(grid, median_runs(grid))


def reconstructed(grid: Grid, runs: dict[str, str]) -> Figure:
    """The originals, below them a row for each of these runs by its label. Raises UserError as `reconstructions`."""
    checkpoints = {label: _checkpoint(grid.folders[run]) for label, run in runs.items()}
    originals = _originals([grid.records[run] for run in runs.values()])
    rows = {label: _reconstructed(path, originals) for label, path in checkpoints.items()}
    return _draw({"original": originals} | rows)


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


def _originals(records: list[Record]) -> NDArray[np.uint8]:
    """The first test image of each of up to ten classes, or the first ten images if there are none: (10, C, H, W)."""
    from narrows.data.sources import dataset  # torch: 2 s that no other part of the report needs

    if len({(record.data.name, record.data.checksum) for record in records}) > 1:
        raise UserError("the runs were trained on different data")
    section = data_of(records[0].config["data"])
    if section.entry.checksum != records[0].data.checksum:
        raise UserError(f"{section.title} has changed since the runs")
    if section.scaled != "pixels":
        raise UserError(f"{section.title} holds no pixels")
    test = dataset(section).test
    first = [rows[0] for label in range(CLASSES) if len(rows := np.flatnonzero(test.labels.numpy() == label))]
    return test.pixels[first if len(first) > 1 else slice(CLASSES)].numpy()


def _checkpoint(run: Path) -> Path:
    checkpoints = [run / name for name in CHECKPOINTS if (run / name).is_file()]
    if not checkpoints:
        raise UserError(f"run {run.name} has no checkpoint")
    return checkpoints[0]


def _reconstructed(checkpoint: Path, originals: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import torch

    from narrows.data.sources import as_floats
    from narrows.runs.checkpoint import load

    try:
        with torch.inference_mode():
            images = load(checkpoint).reconstruct(as_floats(torch.from_numpy(originals)))
    except (ValueError, RuntimeError, KeyError) as error:  # written by another version, or of images of another shape
        raise UserError(f"run {checkpoint.parent.name}: {' '.join(str(error).split())[:120]}") from None
    return (images.clamp(0, 1) * 255).round().byte().numpy()


def _draw(rows: dict[str, NDArray[np.uint8]]) -> Figure:
    """Rows of images as wide as the figure, each with its label on the left."""
    width = figure().get_figwidth()
    lines = {label: wrapped(label, LABEL * width) for label in rows}
    left = max(map(length, lines.values())) + length("00")
    strips = [np.hstack([image.mean(0) for image in images]) for images in rows.values()]
    height = (width - left) * strips[0].shape[0] / strips[0].shape[1]
    drawn = figure(width, 1.08 * height * len(rows))
    for axes, label, strip in zip(_strips(drawn, left / width, len(rows)), lines.values(), strips, strict=True):
        axes.imshow(strip, cmap="gray", vmin=0, vmax=255, aspect="auto")
        axes.set_ylabel(label, rotation=0, ha="right", va="center")
        axes.set(xticks=[], yticks=[])
        axes.grid(visible=False)
    return drawn


def _strips(drawn: Figure, left: float, count: int) -> list[Axes]:
    """Axes below each other from `left`, a share of the width, to the right edge."""
    drawn.set_layout_engine("none")
    place = {"left": left, "right": 1, "top": 1, "bottom": 0, "hspace": 0.08}
    return list(np.ravel(drawn.subplots(count, 1, gridspec_kw=place)))
