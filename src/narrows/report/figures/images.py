"""The same digits through every bottleneck: the only part of the report that opens checkpoints."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pandas import DataFrame, Series

from narrows.config.data_section import data_of
from narrows.errors import UserError
from narrows.report.figures.style import WIDTH, figure
from narrows.runs.record import Record
from narrows.runs.run_folder import BEST, LAST
from narrows.stats.factors import few
from narrows.stats.grid import MAIN, Grid, scored, where
from narrows.stats.view import across, held

MOST_ROWS = 12
CLASSES = 10
CHECKPOINTS = (BEST, LAST)


def pictures(grid: Grid) -> Figure:
    """Originals above, then a row for each level of what runs along x, each from its median run.

    Raises UserError where the images or a checkpoint cannot be read.
    """
    chosen = median_runs(grid)
    checkpoints = {label: _checkpoint(grid.folder / run) for label, run in chosen.items()}
    originals = _originals([grid.records[run] for run in chosen.values()])
    rebuilt = {label: _rebuilt(path, originals) for label, path in checkpoints.items()}
    return _draw({"original": originals} | rebuilt)


def median_runs(grid: Grid) -> dict[str, str]:
    """The run with the median test error at each level, the other factors held. Raises UserError for none."""
    x = across(grid.factors)
    runs = where(scored(grid.runs), held(grid, [x] if x else []))
    levels = few(x.levels, MOST_ROWS) if x else []
    groups = {x.at(level): where(runs, {x.key: level}) for level in levels} if x else {"rebuilt": runs}
    chosen = {label: _median(group) for label, group in groups.items() if len(group)}
    if not chosen:
        raise UserError("no finished run where the other factors are held")
    return chosen


def _median(runs: DataFrame) -> str:
    """The middle run; the better of the two in the middle of an even number."""
    ordered: Series[str] = runs.sort_values(MAIN)["run"]
    return str(ordered.iloc[(len(ordered) - 1) // 2])


def _originals(records: list[Record]) -> NDArray[np.uint8]:
    """The first test image of each of up to ten classes, or the first ten where there are none: (10, C, H, W)."""
    from narrows.data.sources import dataset  # torch: 2 s that no other part of the report needs

    if len({(entry.data.name, entry.data.checksum) for entry in records}) > 1:
        raise UserError("the runs were trained on different data")
    section = data_of(records[0].config["data"])
    if section.entry.checksum != records[0].data.checksum:
        raise UserError(f"{section.title} is no longer the data of the runs")
    if section.scaled != "pixels":
        raise UserError(f"{section.title} holds no pixels")
    test = dataset(section).test
    first = [rows[0] for label in range(CLASSES) if len(rows := np.flatnonzero(test.labels.numpy() == label))]
    return test.pixels[first if len(first) > 1 else slice(CLASSES)].numpy()


def _checkpoint(run: Path) -> Path:
    found = [run / name for name in CHECKPOINTS if (run / name).is_file()]
    if not found:
        raise UserError(f"run {run.name} has no checkpoint")
    return found[0]


def _rebuilt(checkpoint: Path, originals: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import torch

    from narrows.data.sources import as_floats
    from narrows.runs.checkpoint import load

    try:
        with torch.inference_mode():
            images = load(checkpoint).reconstruct(as_floats(torch.from_numpy(originals)))
    except (ValueError, RuntimeError, KeyError) as error:  # of another version, or of other images
        raise UserError(f"run {checkpoint.parent.name}: {' '.join(str(error).split())[:120]}") from None
    return (images.clamp(0, 1) * 255).round().byte().numpy()


def _draw(rows: dict[str, NDArray[np.uint8]]) -> Figure:
    drawn = figure(WIDTH, 0.15 + 0.54 * len(rows))
    for axes, (label, images) in zip(np.ravel(drawn.subplots(len(rows), 1)), rows.items(), strict=True):
        axes.imshow(np.hstack([image.mean(0) for image in images]), cmap="gray", vmin=0, vmax=255)
        axes.set_ylabel(label, rotation=0, ha="right", va="center")
        axes.set(xticks=[], yticks=[])
        axes.grid(visible=False)
    return drawn
