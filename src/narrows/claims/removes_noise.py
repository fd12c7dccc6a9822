"""Claim 6: autoencoders remove noise."""

from collections.abc import Mapping
from math import nan

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, Word
from narrows.claims.engine.long_tables import REFERENCE, VALUE, places, stacked
from narrows.claims.engine.measure import Quantity, gaps, means, runs
from narrows.report.figures.style import GREY, figure, ticks
from narrows.report.numbers import spread
from narrows.stats.grid import Grid

KIND, TRAINED = "corruption", "corruption.level"
TESTED = "tested at"
LEVELS = (10, 25, 50)  # %, of the evaluation
FILTERS = {"PCA": "_pca", "median": "_median", "non-local means": "_nlm"}
NOTHING = "the noisy image"

PSNR, SSIM = Quantity("dB", VALUE), Quantity("SSIM", VALUE)


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Gains by what was trained and tested, and of the autoencoder trained nearest to a level against each filter."""
    table = runs(grids)
    psnr, ssim = (_tested(table, quantity) for quantity in ("psnr", "ssim"))
    return {
        "psnr": _gains(psnr, PSNR),
        "ssim": _gains(ssim, SSIM),
        "gaps": gaps(_nearest(psnr), [KIND, TESTED, "against"], PSNR, REFERENCE).assign(relative=nan),  # to 0 dB
    }


def _tested(table: DataFrame, quantity: str) -> DataFrame:
    """A row for each run and level it was tested at, with the gain of the autoencoder and of each filter as columns."""
    ends = {VALUE: "", **FILTERS}
    rows = [
        {"seed": run["seed"], KIND: run[KIND], TRAINED: run[TRAINED], TESTED: level}
        | {name: run[f"test/denoising_{run[KIND]}_{level}_{quantity}{end}"] for name, end in ends.items()}
        for _, run in table.iterrows()
        for level in LEVELS
    ]
    return DataFrame(rows)


def _gains(tested: DataFrame, quantity: Quantity) -> DataFrame:
    """Means by kind, tested level and method: autoencoders by the level they were trained at, then the filters."""
    trained = tested.assign(method=[f"trained at {100 * level:g} %" for level in tested[TRAINED]])
    others = stacked(tested[tested[TRAINED] == tested[TRAINED].min()], "method", {name: name for name in FILTERS})
    found = means(pd.concat([trained, others]), [KIND, TESTED, "method"], [quantity])
    return found.drop(columns="quantity")


def _nearest(tested: DataFrame) -> DataFrame:
    """The autoencoders trained on noise of the level nearest to the tested one, against each filter and nothing."""
    noisy = tested[tested[TRAINED] > 0]
    distance = (100 * noisy[TRAINED] - noisy[TESTED]).abs()
    nearest = noisy[distance == distance.groupby([noisy[KIND], noisy[TESTED]]).transform("min")]
    nothing = nearest.assign(**{NOTHING: 0.0})
    return stacked(nothing, "against", {name: (VALUE, name) for name in (NOTHING, *FILTERS)})


def judge(numbers: Numbers) -> Verdict:
    """Each kind and tested level is a case: it has to be better than the noisy image and than every filter."""
    tested = numbers["gaps"].assign(better=numbers["gaps"]["verdict"] == "higher")
    cases = tested.groupby([KIND, TESTED], sort=False)["better"].all().reset_index()
    noise = tested[tested["against"] == NOTHING]
    removed, best = noise[noise["better"]], cases[cases["better"]]
    word: Word = "supported" if len(best) == len(cases) else "mixed" if len(removed) else "not supported"
    beaten = {name: tested[tested["against"] == name]["better"] for name in FILTERS}
    filters = ", ".join(f"{name} in {better.sum()}" for name, better in beaten.items())
    return Verdict(
        word,
        f"Trained on noise of the nearest level, it brings the image nearer to the clean one in {len(removed)} of "
        f"{len(cases)} cases of kind and level in % ({places(removed, [KIND, TESTED])}). Its gain is above that of "
        f"{filters}, and above all of them in {len(best)} ({places(best, [KIND, TESTED])}).",
    )


def headline(numbers: Numbers) -> str:
    """The largest and the smallest gain."""
    found = numbers["gaps"][numbers["gaps"]["against"] == NOTHING]
    ends = [found.loc[index] for index in (found["difference"].idxmax(), found["difference"].idxmin())]
    return "; ".join(
        f"{spread(row['difference'], row['ci95'])} dB ({row[KIND]} {row[TESTED]:g} %, n = {row['n']})" for row in ends
    )


def draw(numbers: Numbers) -> Figure:
    found = numbers["psnr"]
    kinds = list(found[KIND].unique())
    drawn = figure(height=2.9)
    for axes, kind in zip(drawn.subplots(1, len(kinds), sharey=True, squeeze=False)[0], kinds, strict=True):
        chart.lines(axes, found[found[KIND] == kind], TESTED, "method")
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
        "Autoencoders trained to rebuild clean digits from noisy ones, of three kinds and three levels (0 is none), "
        "are given the first 300 test digits with that kind of noise at three levels. A level of 10 % is a standard "
        "deviation of 0.1 of the pixels' range (gaussian), one pixel in ten black or white by a fair coin "
        "(salt_pepper), or one in ten set to 0 (masking). The gain is the PSNR (SSIM) of what comes out less that of "
        "the noisy image, both cut to [0, 1]. Beside them: projection on as many principal components of the clean "
        "training images, a 3 × 3 median filter, and non-local means, which is told the true strength of the noise."
    ),
    rule=(
        "Each kind and level is tested with the autoencoder trained at the nearest level above 0. supported: in every "
        "case its PSNR is higher than the noisy image's and the gain higher than that of every filter (paired t test "
        "over seeds, Holm-corrected over all comparisons); not supported: in no case higher than the noisy image's; "
        "mixed: between."
    ),
    studies=("denoising",),
    captions={
        "psnr": "Gain in PSNR, dB, by what was trained and tested: mean ± half of the 95 % interval over seeds (n).",
        "ssim": "Gain in SSIM.",
        "gaps": "PSNR gain of the autoencoder trained at the nearest level minus that of each filter, dB: mean ± half "
        "of the 95 % interval (n), p after Holm's correction.",
    },
    legend="Gain in PSNR over the noise of the test images: means and 95 % bands over seeds. Below 0 is a loss.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
)
