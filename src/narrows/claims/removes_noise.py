"""Claim 6: autoencoders remove noise."""

from collections.abc import Mapping
from dataclasses import replace
from math import nan

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.cells import Pair, scores, strongest, turn
from narrows.claims.engine.claim import Claim
from narrows.claims.engine.controls import expect_better, expect_halves_equal, expect_reversed
from narrows.claims.engine.evidence import Evidence, Numbers, Turn
from narrows.claims.engine.gates import converged
from narrows.claims.engine.long_tables import REFERENCE, VALUE, stacked
from narrows.claims.engine.measure import Quantity, gaps, means, runs
from narrows.claims.engine.planned import Planned
from narrows.claims.engine.tuned import tuned
from narrows.config.quantities import quantity
from narrows.evaluation import denoising
from narrows.report.figures.style import GREY, figure, ticks
from narrows.stats.grid import Grid

KIND, TRAINED, RATE, TESTED = "corruption.name", "corruption.level", "optimizer.lr", "tested at"
NOISE, AT = "gaussian", 25  # %: of the primary contrast
LEVELS = [round(100 * level) for level in denoising.LEVELS]  # %
AUTOENCODER, LINEAR = "autoencoder", "least squares"
FILTERS = {LINEAR: "_linear", "PCA": "_pca", "median": "_median", "non-local means": "_nlm"}
PSNR, SSIM = Quantity("dB", VALUE), Quantity("SSIM", VALUE)
#: Half a decibel is an eighth of the squared error, which is hardly seen in an image.
GAIN = replace(quantity(f"test/denoising_{NOISE}_{AT}_psnr"), label="gain in PSNR", margin=0.5)
PLANNED = Planned(GAIN, AUTOENCODER, LINEAR, f"with {NOISE} noise of {AT} %")


def evidence(grids: Mapping[str, Grid]) -> Evidence:
    """Autoencoders, tested with the kind and level of noise that they were trained with, against each filter."""
    table = tuned(runs(grids, [KIND, RATE]), [KIND, TRAINED], [RATE])
    same = _tested(table, "psnr")[lambda rows: rows[TESTED] == (100 * rows[TRAINED]).round()]
    cell = {KIND: NOISE, TESTED: AT}
    gains = {name: scores(same, name, cell) for name in (VALUE, *FILTERS)}
    level, noisy = gains.pop(VALUE), np.zeros_like(gains[LINEAR])
    unlike = scores(_tested(table, "psnr"), VALUE, {KIND: NOISE, TRAINED: max(denoising.LEVELS), TESTED: LEVELS[0]})
    return Evidence(
        primary=PLANNED.compare(level, gains[LINEAR]),
        strongest=strongest(PLANNED, level, gains),
        controls=[
            expect_better(
                f"{LINEAR} against the noisy image", replace(PLANNED, level=LINEAR).compare(gains[LINEAR], noisy)
            ),
            expect_reversed(
                f"trained at {max(LEVELS)} % and tested at {LEVELS[0]} %, against the same at {AT} %",
                PLANNED.compare(unlike, level),
            ),
            expect_halves_equal(level, PLANNED),
        ],
        gates=[converged(grids, table[table[KIND] == NOISE], TRAINED)],
        tables=_tables(table, same),
        turns=[_turn(same, kind) for kind in same[KIND].unique()],
    )


def _turn(same: DataFrame, kind: str) -> Turn:
    """From which level on the autoencoder is better, or worse, than least squares."""
    cells = same[same[KIND] == kind].groupby(TESTED)
    places: dict[float, Pair] = {level: (scores(rows, VALUE), scores(rows, LINEAR)) for level, rows in cells}
    return turn(f"noise in % ({kind})", PLANNED, places)


def _tested(table: DataFrame, measure: str) -> DataFrame:
    """A row for each run and tested level, with the gains of the autoencoder and of each filter as columns."""
    ends = {VALUE: "", **FILTERS}
    rows = [
        {"seed": run["seed"], KIND: run[KIND], TRAINED: run[TRAINED], TESTED: level}
        | {name: run[f"test/denoising_{run[KIND]}_{level}_{measure}{end}"] for name, end in ends.items()}
        for _, run in table.iterrows()
        for level in LEVELS
    ]
    return DataFrame(rows)


def _tables(table: DataFrame, same: DataFrame) -> Numbers:
    psnr, ssim = (_gains(_tested(table, measure), quantity) for measure, quantity in (("psnr", PSNR), ("ssim", SSIM)))
    against = stacked(same, "against", {name: (VALUE, name) for name in FILTERS})
    # No relative differences: gains can be 0 dB.
    return {
        "psnr": psnr,
        "ssim": ssim,
        "gaps": gaps(against, [KIND, "against", TESTED], PSNR, REFERENCE).assign(relative=nan),
    }


def _gains(tested: DataFrame, shown: Quantity) -> DataFrame:
    """Means by kind, tested level and method: the autoencoders by the level they were trained at, and the filters."""
    trained = tested.assign(method=[f"trained at {100 * level:g} %" for level in tested[TRAINED]])
    others = stacked(tested[tested[TRAINED] == tested[TRAINED].min()], "method", {name: name for name in FILTERS})
    return means(pd.concat([trained, others]), [KIND, TESTED, "method"], [shown]).drop(columns="quantity")


def draw(numbers: Numbers) -> Figure:
    gains = numbers["psnr"]
    kinds = list(gains[KIND].unique())
    drawn = figure(height=2.9)
    for axes, kind in zip(drawn.subplots(1, len(kinds), sharey=True, squeeze=False)[0], kinds, strict=True):
        chart.lines(axes, gains[gains[KIND] == kind], TESTED, "method")
        axes.axhline(0, color=GREY, lw=0.8)
        axes.set(title=kind, xlabel="noise, %")
        ticks(axes.xaxis, list(LEVELS))
    drawn.axes[0].set_ylabel("gain in PSNR, dB")
    drawn.legend(*drawn.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return drawn


CLAIM = Claim(
    number=6,
    name="denoising",
    sentence="Autoencoders remove noise.",
    protocol=(
        "Autoencoders trained to reconstruct clean digits from noisy ones, with three kinds of noise at three "
        f"levels, get {denoising.MOST} test digits, drawn at random, with that kind of noise at three levels. A "
        "level of 10 % is a standard deviation of 0.1 of the pixels' range (gaussian), one pixel in ten set to "
        "black or white at random (salt_pepper), or one in ten set to 0 (masking). For Gaussian noise the learning "
        "rate is the one of two with the lower validation error. The gain is the PSNR (SSIM) of the output minus "
        "that of the noisy image, both clipped to [0, 1]. The baseline is the linear filter with the least squared "
        "error on the same training images with the same noise. Also projection on as many components of the clean "
        "training images as the code has numbers, a median and non-local means, whose parameters are chosen on "
        "training images with the same noise. An autoencoder trained with other noise than it is tested with is the "
        "negative control."
    ),
    planned=PLANNED,
    studies=("denoising", "denoising_pixels"),
    captions={
        "psnr": "Gain in PSNR, dB, by trained and tested level: mean ± half of the 95 % interval over seeds (n).",
        "ssim": "Gain in SSIM.",
        "gaps": "PSNR gain of the autoencoder trained at the tested level minus that of each filter, dB: mean ± half "
        "of the 95 % interval (n), p after Holm's correction.",
    },
    legend="Gain in PSNR over the noise of the test images: means and 95 % bands over seeds. Negative is a loss.",
    evidence=evidence,
    draw=draw,
)
