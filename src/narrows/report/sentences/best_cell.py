"""Sentences about the best cell and the ends of a number on x."""

from typing import Any

from pandas import Series

from narrows.report.sentences import phrases
from narrows.report.sentences.effect import INTERVAL
from narrows.stats.grid import Grid


def best(grid: Grid) -> str:
    """The best value of all cells; of one cell its value. Empty for a quantity without a direction."""
    finished = grid.cells.dropna(subset=[grid.mean])
    if len(finished) == 1 or not grid.factors:
        cell = finished.iloc[0]
        where = phrases.place(grid, cell)
        return f"The {grid.main.label}{where} is {_told(grid, cell)}."
    if not grid.main.better:
        return ""
    cell = _extreme(grid, best=True)
    what = f"The {_superlative(grid.main.better)} {grid.main.label}"
    return f"{what} is {_told(grid, cell, phrases.place(grid, cell))}."


def ends(grid: Grid) -> str:
    """The best and the worst value of all cells; of a quantity without a direction the lowest and the highest."""
    if not grid.factors or len(grid.cells.dropna(subset=[grid.mean])) < 2:
        return best(grid)
    first, last = (_extreme(grid, best=best) for best in (True, False))
    counts = phrases.seeds(int(first["n"]), int(last["n"]))
    return (
        f"The {_superlative(grid.main.better or 'lower')} {grid.main.label} is {phrases.cell_value(grid, first)}"
        f"{phrases.place(grid, first)}, the {_superlative('higher' if grid.main.better != 'higher' else 'lower')} "
        f"{phrases.cell_value(grid, last)}{phrases.place(grid, last)} (means with {INTERVAL}s, {counts})."
    )


def _told(grid: Grid, cell: "Series[Any]", where: str = "") -> str:
    """“12.3 ± 0.4 dB at bottleneck 8 (mean and 95 % interval, n = 5)”, and the reference."""
    return f"{phrases.cell_value(grid, cell)}{where} ({_seeds(cell)}){_reference(grid, cell)}"


def _superlative(better: str) -> str:
    return {"lower": "lowest", "higher": "highest"}[better]


def _extreme(grid: Grid, best: bool) -> "Series[Any]":
    means = grid.cells[grid.mean]
    cell: Series[Any] = grid.cells.loc[means.idxmax() if best == (grid.main.better == "higher") else means.idxmin()]
    return cell


def _seeds(cell: "Series[Any]") -> str:
    n = int(cell["n"])
    return f"mean and {INTERVAL}, n = {n}" if n > 1 else "one seed, so no interval"


def _reference(grid: Grid, cell: "Series[Any]") -> str:
    """“, 0.51 times that of PCA (24.1 × 10⁻³)”; for quantities that are not compared as ratios, “; PCA: 87.1 %”."""
    column = f"{grid.reference} mean"
    if not grid.reference or cell.isna()[column]:
        return ""
    mean, label = float(cell[column]), grid.main.reference_label
    text = phrases.value(grid, mean, mean, mean)
    if grid.main.scale == "log" and mean > 0:
        return f", {cell[grid.mean] / mean:.2f} times that of {label} ({text})"
    return f"; {label}: {text}"
