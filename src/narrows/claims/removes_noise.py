"""Claim 6: autoencoders remove noise."""

from collections.abc import Mapping
from math import nan

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, Word
from narrows.claims.engine.long_tables import REFERENCE, VALUE, stacked
from narrows.claims.engine.measure import Quantity, gaps, means, runs
from narrows.claims.engine.sentences import difference, places
from narrows.evaluation import denoising
from narrows.report.figures.style import GREY, figure, ticks
from narrows.stats.grid import Grid

KIND, TRAINED = "corruption", "corruption.level"
TESTED = "tested at"
LEVELS = [round(100 * level) for level in denoising.LEVELS]  # %
FILTERS = {"PCA": "_pca", "median": "_median", "non-local means": "_nlm"}
UNFILTERED = "the noisy image"

PSNR, SSIM = Quantity("dB", VALUE), Quantity("SSIM", VALUE)


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Gains by trained and tested level, and those of the nearest trained level minus each filter's."""
    table = runs(grids)
    psnr, ssim = (_tested(table, quantity) for quantity in ("psnr", "ssim"))
    return {
        "psnr": _gains(psnr, PSNR),
        "ssim": _gains(ssim, SSIM),
        # No relative differences: the gain of the noisy image is 0 dB.
        "gaps": gaps(_nearest(psnr), [KIND, TESTED, "against"], PSNR, REFERENCE).assign(relative=nan),
    }


def _tested(table: DataFrame, quantity: str) -> DataFrame:
    """A row for each run and tested level, with the gains of the autoencoder and of each filter as columns."""
    ends = {VALUE: "", **FILTERS}
    rows = [
        {"seed": run["seed"], KIND: run[KIND], TRAINED: run[TRAINED], TESTED: level}
        | {name: run[f"test/denoising_{run[KIND]}_{level}_{quantity}{end}"] for name, end in ends.items()}
        for _, run in table.iterrows()
        for level in LEVELS
    ]
    return DataFrame(rows)


def _gains(tested: DataFrame, quantity: Quantity) -> DataFrame:
    """Means by kind, tested level and method: the autoencoders by the level they were trained at, and the filters."""
    trained = tested.assign(method=[f"trained at {100 * level:g} %" for level in tested[TRAINED]])
    others = stacked(tested[tested[TRAINED] == tested[TRAINED].min()], "method", {name: name for name in FILTERS})
    rows = means(pd.concat([trained, others]), [KIND, TESTED, "method"], [quantity])
    return rows.drop(columns="quantity")


def _nearest(tested: DataFrame) -> DataFrame:
    """The autoencoders trained at the level above 0 nearest to the tested one, against each filter and no filter."""
    noisy = tested[tested[TRAINED] > 0]
    distance = (100 * noisy[TRAINED] - noisy[TESTED]).abs()
    nearest = noisy[distance == distance.groupby([noisy[KIND], noisy[TESTED]]).transform("min")]
    unfiltered = nearest.assign(**{UNFILTERED: 0.0})
    return stacked(unfiltered, "against", {name: (VALUE, name) for name in (UNFILTERED, *FILTERS)})


def judge(numbers: Numbers) -> Verdict:
    """Each kind and tested level is a case: the output has to be better than the noisy image and every filter's."""
    tested = numbers["gaps"].assign(better=numbers["gaps"]["verdict"] == "higher")
    cases = tested.groupby([KIND, TESTED], sort=False)["better"].all().reset_index()
    noise = tested[tested["against"] == UNFILTERED]
    removed, best = noise[noise["better"]], cases[cases["better"]]
    word: Word = "supported" if len(best) == len(cases) else "mixed" if len(removed) else "not supported"
    beaten = {name: tested[tested["against"] == name]["better"] for name in FILTERS}
    filters = ", ".join(f"{name} in {better.sum()}" for name, better in beaten.items())
    return Verdict(
        word,
        f"Trained at the nearest level, the autoencoder improves the noisy image in {len(removed)} of {len(cases)} "
        f"cases of kind and level in % ({places(removed, [KIND, TESTED])}). Its gain is above that of {filters}, and "
        f"above all of them in {len(best)} ({places(best, [KIND, TESTED])}).",
    )


def headline(numbers: Numbers) -> str:
    """The largest and the smallest gain."""
    gains = numbers["gaps"][numbers["gaps"]["against"] == UNFILTERED]
    ends = [gains.loc[index] for index in (gains["difference"].idxmax(), gains["difference"].idxmin())]
    return "; ".join(f"{difference(row)} dB ({row[KIND]} {row[TESTED]:g} %, n = {row['n']})" for row in ends)


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
        "Autoencoders trained to reconstruct clean digits from noisy ones, with three kinds of noise at three levels "
        f"(0 is none), get {denoising.MOST} random test digits with that kind of noise at three levels. A level of "
        "10 % is a standard deviation of 0.1 of the pixels' range (gaussian), one pixel in ten set to black or white "
        "at random (salt_pepper), or one in ten set to 0 (masking). The gain is the PSNR (SSIM) of the output minus "
        "that of the noisy image, both clipped to [0, 1]. For comparison: projection on as many principal components "
        "of the clean training images, a 3 × 3 median filter, and non-local means, given the true noise level."
    ),
    rule=(
        "Each kind and level is tested with the autoencoder trained at the nearest level above 0. supported: in every "
        "case its PSNR is higher than the noisy image's and the gain higher than that of every filter (paired t test "
        "over seeds, Holm-corrected over all comparisons); not supported: in no case higher than the noisy image's; "
        "mixed: anything between."
    ),
    studies=("denoising",),
    captions={
        "psnr": "Gain in PSNR, dB, by trained and tested level: mean ± half of the 95 % interval over seeds (n).",
        "ssim": "Gain in SSIM.",
        "gaps": "PSNR gain of the autoencoder trained at the nearest level minus that of each filter, dB: mean ± half "
        "of the 95 % interval (n), p after Holm's correction.",
    },
    legend="Gain in PSNR over the noise of the test images: means and 95 % bands over seeds. Negative is a loss.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
)
