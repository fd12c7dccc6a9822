"""Claim 1: an autoencoder beats PCA at the same bottleneck."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Reference
from narrows.claims.engine.contrast import Compared, Planned
from narrows.claims.engine.evidence import Control, Evidence, Numbers, Strongest, Turn
from narrows.claims.engine.gates import converged
from narrows.claims.engine.measure import MSE, gaps, means, runs
from narrows.claims.engine.tuned import tuned
from narrows.config.quantities import quantity
from narrows.config.study_section import ARM
from narrows.report.figures.style import GREY, figure, plain, ticks
from narrows.stats.crossover import crossover
from narrows.stats.factors import BOTTLENECK, SEED
from narrows.stats.grid import PCA, TEST_MSE, Grid

RATE = "optimizer.lr"
EXACT, CUT = "PCA", "PCA, cut to [0, 1]"
CUT_MSE = "pca/clipped_mse"
LINEAR, KIND, WIDTH = "linear", "deep", 8
NONLINEAR = ("shallow", "deep")
PLANNED = Planned(quantity(TEST_MSE), KIND, CUT, f"at {WIDTH} numbers")
AS_PCA = Planned(quantity(TEST_MSE), LINEAR, EXACT, f"at {WIDTH} numbers")  # the control's contrast


def evidence(grids: Mapping[str, Grid]) -> Evidence:
    """Each kind at the learning rate with its lowest validation error, against PCA at each bottleneck."""
    table = tuned(runs(grids), [ARM, BOTTLENECK], [RATE])
    primary = _compared(table, PLANNED, CUT_MSE)
    return Evidence(
        primary=primary,
        strongest=Strongest(CUT, primary),
        controls=[_linear_is_pca(table)],
        gates=[converged(_records(grids, table, [KIND]))],
        tables=_tables(table),
        turns=[Turn(f"bottleneck ({kind})", _turn(table, kind)) for kind in NONLINEAR],
    )


def _compared(table: DataFrame, planned: Planned, reference: str) -> Compared:
    """The planned kind against the metric `reference` of the same runs, at the planned bottleneck."""
    cell = table[(table[ARM] == planned.level) & (table[BOTTLENECK] == WIDTH)]
    return planned.compare(*(cell[metric].to_numpy(float) for metric in (TEST_MSE, reference)))


def _linear_is_pca(table: DataFrame) -> Control:
    """A linear autoencoder that has converged is PCA (Baldi & Hornik 1989): training and errors are sound."""
    linear = _compared(table, AS_PCA, PCA)
    passed = abs(linear.result.difference) < AS_PCA.comparing.margin
    return Control("linear autoencoder against PCA", f"equal within ±{linear.margin}", linear.text, passed)


def _turn(table: DataFrame, kind: str) -> "Crossover | None":
    """Where the kind becomes better, or worse, than PCA along the bottleneck."""
    rows = table[table[ARM] == kind]
    widths = sorted(rows[BOTTLENECK].unique())
    cells = [rows[rows[BOTTLENECK] == width] for width in widths]
    contrasts = [PLANNED.compare(cell[TEST_MSE].to_numpy(float), cell[CUT_MSE].to_numpy(float)).result for cell in cells]
    return crossover(widths, contrasts, PLANNED.comparing)
