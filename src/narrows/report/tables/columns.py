"""What a table holds before it is text: rows, columns under one or two heads, means with intervals in them."""

from dataclasses import dataclass
from typing import Literal

from narrows.config.quantities import Quantity


@dataclass(frozen=True)
class Cell:
    """Printed numbers: the mean and its interval, NaN for one seed; `n` counts the seeds.

    `complete` if all planned runs finished; `best` if no other of its group is better or shown not to be worse;
    `reference` if it is a reference's, whose n is 1.
    """

    mean: float
    low: float
    high: float
    n: int
    complete: bool = True
    best: bool = False
    reference: bool = False

    @property
    def skewed(self) -> bool:
        """True if the interval is not symmetric about the mean."""
        return abs(self.high + self.low - 2 * self.mean) > 1e-6 * (self.high - self.low)


@dataclass(frozen=True)
class Column:
    """A column of cells, None where no run was planned, printed with `places` decimals. `group` is a head above `name`.

    `reference` if its cells are a reference, whose means are printed without n.
    """

    group: str
    name: str
    cells: list[Cell | None]
    places: int
    reference: bool = False

    @property
    def skewed(self) -> bool:
        """True if an interval is not symmetric about its mean: those of geometric means."""
        return any(cell.skewed for cell in self.cells if cell)


@dataclass(frozen=True)
class CellTable:
    """`heads` name the columns of `rows`, which hold levels; `over` names the factors whose levels head the columns.

    `quantity` is that of all columns, or None if each column has its own, named with its unit in its head. The best
    cells are marked in each `group`.
    """

    quantity: Quantity | None
    heads: list[str]
    rows: list[list[str]]
    over: list[str]
    columns: list[Column]
    group: Literal["row", "column"]

    @property
    def cells(self) -> list[Cell]:
        """All cells of runs that finished."""
        return [cell for column in self.columns for cell in column.cells if cell and cell.n and not cell.reference]

    @property
    def seeds(self) -> int:
        """The number of seeds that cells have unless they say otherwise."""
        return max((cell.n for cell in self.cells), default=0)
