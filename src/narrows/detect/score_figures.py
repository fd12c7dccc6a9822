"""Figures of scores: their distributions beside the threshold, and the most anomalous images and windows."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from narrows.detect.anomaly_detector import AnomalyDetector
from narrows.detect.contributions import Explained, explained
from narrows.detect.score_table import Scored
from narrows.own.raw import Array
from narrows.report.figures.style import COLOURS, GREY, MAP, figure

BINS = 40
PICTURED = 6  # anomalies
SMALLEST = 1e-12  # a score of 0 has no logarithm
ROW = 1.0  # inches


def distributions(detector: AnomalyDetector, scored: Scored) -> Figure:
    """Histograms of the scores of validation and new samples on a logarithmic axis, with the threshold."""
    drawn = figure()
    axes = drawn.subplots()
    series = {"validation": detector.validation, "new": scored.scores}
    positive = {name: np.maximum(values, SMALLEST) for name, values in series.items()}
    bins = _bins(np.concatenate([*positive.values(), [max(detector.threshold, SMALLEST)]]))
    for (name, values), colour in zip(positive.items(), COLOURS, strict=False):
        shares = np.full(len(values), 100 / len(values))
        axes.hist(values, bins.tolist(), weights=shares, color=colour, alpha=0.55, label=f"{name} (n = {len(values)})")
    axes.axvline(detector.threshold, color=GREY, ls="--", label=f"threshold {detector.threshold:.3g}")
    axes.set(xscale="log", xlabel="squared error, mean over scaled numbers", ylabel="share (%)")
    axes.legend()
    return drawn


def _bins(values: Array) -> Array:
    low, high = values.min(), values.max()
    return np.geomspace(low * 0.99, high * 1.01, BINS + 1)


def pictures(detector: AnomalyDetector, scored: Scored) -> Figure | None:
    """The most anomalous images or windows: as they are, reconstructed, and where the squared error lies.

    None for other data, and where there is no anomaly.
    """
    numbers, kind = scored.anomalies[:PICTURED], detector.preparation.kind
    if not numbers or kind not in ("images", "series"):
        return None
    parts = explained(detector, scored.samples.images[numbers])
    return _images(scored, numbers, parts) if kind == "images" else _windows(scored, numbers, parts)


def _images(scored: Scored, numbers: list[int], parts: Explained) -> Figure:
    drawn = figure(height=0.4 + ROW * len(numbers))
    grid = drawn.subplots(len(numbers), 3, squeeze=False)
    for row, number in enumerate(numbers):
        low, high = parts.values[row].min(), parts.values[row].max()
        for axes, image in zip(grid[row], (parts.values[row], parts.reconstructed[row]), strict=False):
            axes.imshow(_shown(image, low, high), cmap="gray", vmin=0, vmax=1)
        grid[row, 2].imshow(parts.squares[row].mean(0), cmap=MAP)
        grid[row, 0].set_ylabel(scored.samples.place(number).replace("$", r"\$")[-24:], rotation=0, ha="right")
    for axes, title in zip(grid[0], ("image", "reconstruction", "squared error"), strict=True):
        axes.set_title(title)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[])
    return drawn


def _shown(image: Array, low: float, high: float) -> Array:
    """An image (C, H, W) as (H, W), or as (H, W, 3) in colours, between 0 and 1."""
    scaled = np.clip((image - low) / max(high - low, SMALLEST), 0, 1)
    return np.moveaxis(scaled, 0, 2) if len(image) == 3 else scaled.mean(0)


def _windows(scored: Scored, numbers: list[int], parts: Explained) -> Figure:
    """The channel with the largest error of each window."""
    drawn = figure(height=0.4 + ROW * len(numbers))
    for row, (axes, number) in enumerate(
        zip(drawn.subplots(len(numbers), 1, squeeze=False)[:, 0], numbers, strict=True)
    ):
        channel = int(parts.squares[row].sum((1, 2)).argmax())
        _line(axes, int(scored.samples.places[number]), parts.values[row, channel, 0], "series", COLOURS[0])
        _line(
            axes, int(scored.samples.places[number]), parts.reconstructed[row, channel, 0], "reconstruction", COLOURS[1]
        )
    drawn.axes[0].legend(ncols=2)
    drawn.axes[-1].set_xlabel("row of the file")
    return drawn


def _line(axes: Axes, start: int, values: Array, label: str, colour: str) -> None:
    axes.plot(np.arange(start, start + len(values)), values, label=label, color=colour, lw=1)
