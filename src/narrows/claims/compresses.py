"""Claim 10: an autoencoder compresses."""

from collections.abc import Mapping
from math import prod

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame, Series

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Reference, Verdict, share
from narrows.claims.engine.long_tables import REFERENCE, VALUE
from narrows.claims.engine.measure import MSE, Quantity, gaps, higher, lower, means, runs
from narrows.claims.engine.rate_curve import curve
from narrows.claims.engine.sentences import difference, percent, places
from narrows.config.catalogue import CATALOGUE
from narrows.evaluation.baselines.image_formats import QUALITIES
from narrows.evaluation.coding import rate_distortion
from narrows.report.figures.style import COLOURS, figure, plain
from narrows.report.numbers import NOTHING
from narrows.stats.factors import BOTTLENECK, SEED
from narrows.stats.grid import Grid

STEPS = [rate_distortion.thousandths(step) for step in rate_distortion.STEPS]
RATES = (0.01, 0.02, 0.04, 0.08)  # bits per pixel at which two coders are compared
RATE = "bits per pixel"
SHARED_BY = (100, 1_000, 10_000, 100_000, 1_000_000)  # images that share a model
IMAGES = "images"
AE, PCA, WEBP = "autoencoder", "PCA, same coder", "WebP"
CODERS = {AE: VALUE, PCA: REFERENCE}
ENDS = {AE: "", PCA: "_pca"}  # of the metrics' names
LOSSLESS = {"gzip": "gzip", "PNG": "png", "WebP, lossless": "webp_lossless"}
PIXELS = prod(CATALOGUE["mnist"].shape)
ERROR, BITS = Quantity(MSE.label, VALUE, MSE.unit), Quantity("bits per pixel", "bits")


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Errors at the same rates as PCA and, with the decoder's weights counted, as WebP; rates; image formats."""
    table = runs(grids)
    pixels = PIXELS * max(record.data.test for grid in grids.values() for record in grid.records.values())
    rows = DataFrame([row for _, group in table.groupby(SEED) for row in _compared(group, pixels)])
    parts = [rows.assign(coder=coder, **{VALUE: rows[column]}) for coder, column in CODERS.items()]
    both = pd.concat(parts)[lambda table: table["against"] == PCA]
    return {
        "curves": means(both.dropna(subset=[VALUE]), [RATE, "coder"], [ERROR]).drop(columns="quantity"),
        "gaps": gaps(rows.dropna(subset=[VALUE, REFERENCE]), ["against", RATE], ERROR, REFERENCE),
        "rates": means(_rates(table, pixels), ["way"], [BITS, ERROR]),
        "images": means(_by_images(table), [IMAGES, "coder"], [BITS]).drop(columns="quantity"),
        "formats": means(_formats(table), ["format"], [BITS, ERROR]),
    }


def _compared(group: DataFrame, pixels: int) -> list[dict[str, float | str]]:
    """The rows of one seed, from its runs with all bottlenecks."""
    autoencoder, pca = (curve(_points(group, end)) for end in ENDS.values())
    webp = curve([_format(group.iloc[0], "webp", quality) for quality in QUALITIES])
    whole = autoencoder.rates[-1] + 8 * group["test/compression_model"].max() / pixels
    seed = group[SEED].iloc[0]
    rows = [(PCA, f"{rate:g}", autoencoder.at(rate), pca.at(rate)) for rate in RATES]
    rows.append((WEBP, "with weights", autoencoder.errors[-1], webp.at(whole)))
    return [dict(zip((SEED, "against", RATE, VALUE, REFERENCE), (seed, *row), strict=True)) for row in rows]


def _points(group: DataFrame, end: str) -> list[tuple[float, float]]:
    names = [f"test/compression_{step}" for step in STEPS]
    return [(run[f"{name}_bpp{end}"], run[f"{name}_mse{end}"]) for _, run in group.iterrows() for name in names]


def _format(run: "Series[float]", name: str, quality: int) -> tuple[float, float]:
    return run[f"test/compression_{name}_{quality}_bpp"], run[f"test/compression_{name}_{quality}_mse"]


def _rates(table: DataFrame, pixels: int) -> DataFrame:
    """The widest code at its finest step, without and with the weights, and the lossless formats."""
    widest = table[table[BOTTLENECK] == table[BOTTLENECK].max()]
    parts = []
    for coder, end in ENDS.items():
        bits, error = (widest[f"test/compression_{STEPS[-1]}_{what}{end}"] for what in ("bpp", "mse"))
        whole = with_model(bits, widest[f"test/compression_model{end}"], pixels)
        coded = {"codes": bits, "codes and weights": whole}
        parts += [widest.assign(way=f"{coder}, {what}", bits=rate, **{VALUE: error}) for what, rate in coded.items()]
    lossless = {name: widest[f"test/compression_{metric}_bpp"] for name, metric in LOSSLESS.items()}
    parts += [widest.assign(way=name, bits=bits, **{VALUE: 0.0}) for name, bits in lossless.items()]
    return pd.concat(parts)


def _by_images(table: DataFrame) -> DataFrame:
    """The widest code at its finest step: bits per pixel with the model, for numbers of images that share it."""
    widest = table[table[BOTTLENECK] == table[BOTTLENECK].max()]
    parts = [
        widest.assign(
            **{IMAGES: f"{images:,}"},
            coder=coder,
            bits=with_model(
                widest[f"test/compression_{STEPS[-1]}_bpp{end}"],
                widest[f"test/compression_model{end}"],
                images * PIXELS,
            ),
        )
        for images in SHARED_BY
        for coder, end in ENDS.items()
    ]
    return pd.concat(parts)


def with_model(bits: "Series[float]", model: "Series[float]", pixels: int) -> "Series[float]":
    """Bits per pixel of codes and model, from those of the codes and the bytes of the model, of so many pixels."""
    return bits + 8 * model / pixels


def _formats(table: DataFrame) -> DataFrame:
    """JPEG and WebP, a row for each seed as in the other tables, although they do not depend on the seed."""
    seeds = table.drop_duplicates(SEED)
    parts = [
        seeds.assign(
            format=f"{name}, quality {quality}",
            bits=seeds[f"test/compression_{name.lower()}_{quality}_bpp"],
            **{VALUE: seeds[f"test/compression_{name.lower()}_{quality}_mse"]},
        )
        for name in ("JPEG", "WebP")
        for quality in QUALITIES
    ]
    return pd.concat(parts)


def judge(numbers: Numbers) -> Verdict:
    """The verdict over several comparisons: with PCA at each rate, and with WebP once the model's size counts."""
    tested, keys = numbers["gaps"], ["against", RATE]
    better, worse = lower(tested), higher(tested)
    return Verdict(
        share(len(better), len(tested)),
        f"At the same rate the error is lower than that of {places(better, keys)}, and higher than that of "
        f"{places(worse, keys)} (bits per pixel). {_weights(numbers['rates'])}",
    )


def _weights(rates: DataFrame) -> str:
    """The rates of both coders without and with the weights, for the widest code and the finest step."""
    bits, errors = (rates[rates["quantity"] == label].set_index("way")["mean"] for label in (BITS.label, ERROR.label))
    codes, whole = ({coder: f"{coder}, {what}" for coder in CODERS} for what in ("codes", "codes and weights"))
    costs = [
        f"{bits[codes[coder]]:#.2g} bits per pixel become {bits[whole[coder]]:#.2g} ({coder}, error "
        f"{errors[whole[coder]]:.3g} × 10⁻³)"
        for coder in CODERS
    ]
    side = "lower" if errors[whole[PCA]] < errors[whole[AE]] else "higher"
    bits_of_pca = f"PCA's error is {side} at {bits[whole[PCA]] / bits[whole[AE]]:.0%} of the bits"
    return f"With the weights, shared by all test images, {' and '.join(costs)}: {bits_of_pca}."


def headline(numbers: Numbers) -> str:
    """The error relative to PCA's at the lowest and the highest rate that both reach."""
    ends = numbers["gaps"][numbers["gaps"]["against"] == PCA].iloc[[0, -1]]
    parts = [
        f"{percent(row['relative'])} error at {row[RATE]} bits per pixel ({difference(row)} × 10⁻³, n = {row['n']})"
        for _, row in ends.iterrows()
    ]
    return f"{'; '.join(parts)} compared with PCA and the same coder"


def draw(numbers: Numbers) -> Figure:
    drawn = figure()
    axes = drawn.add_subplot()
    curves = numbers["curves"].assign(**{RATE: numbers["curves"][RATE].astype(float)})
    chart.lines(axes, curves, RATE, "coder")
    points = numbers["formats"].pivot(index="format", columns="quantity", values="mean")
    for name, colour in zip(("JPEG", "WebP"), COLOURS[2:], strict=False):
        rows = points[points.index.str.startswith(name)].sort_values(BITS.label)
        axes.plot(rows[BITS.label], rows[ERROR.label], color=colour, marker="^", label=name)
    axes.set(xscale="log", yscale="log", xlabel="bits per pixel, without the model", ylabel=MSE.label)
    plain(axes.xaxis)
    plain(axes.yaxis)
    axes.legend()
    return drawn


CLAIM = Claim(
    number=10,
    name="compression",
    sentence="An autoencoder compresses.",
    protocol=(
        "The codes of all test images are rounded, each number to a step that changes the image by the same amount, "
        "and coded as one stream of bytes by an entropy coder with the frequencies of the training images; images are "
        "decoded from the bytes. Codes of several sizes and four step sizes give a curve of error over bits per pixel, "
        "of which the lower envelope counts; principal components are coded in the same way. JPEG and WebP code all "
        "test images on one sheet. What a receiver needs beforehand, the decoder's weights or the components, four "
        "bytes each, is counted separately."
    ),
    rule=(
        "supported: the error is lower than that of PCA with the same coder at every rate that both reach, and lower "
        "than WebP's at the rate that counts the decoder's weights (paired t test over seeds, Holm-corrected over all "
        "cases); not supported: in none of these cases; mixed: in some of them."
    ),
    studies=("compression",),
    captions={
        "curves": "Test MSE × 10⁻³ by bits per pixel of the codes: mean ± half of the 95 % interval over seeds (n).",
        "gaps": "Test MSE × 10⁻³ minus that of the other coder at the same rate (relative), n seeds.",
        "rates": "The widest code at its finest step, without and with the weights, and lossless formats: bits per "
        "pixel and test MSE × 10⁻³.",
        "images": "Bits per pixel of the widest code at its finest step and of the model, weights and tables of the "
        "entropy coder, by the number of images that share the model.",
        "formats": "JPEG and WebP: bits per pixel and test MSE × 10⁻³.",
    },
    legend="Test error over bits per pixel, on logarithmic scales: means and 95 % bands over seeds.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
    references=tuple(
        Reference(f"{name}: bits per pixel", bits, NOTHING, "", "rates", {"way": name, "quantity": BITS.label})
        for name, bits in {"gzip": 1.635, "PNG": 2.796, "WebP, lossless": 2.099}.items()
    ),  # of MNIST's test images; gzip of one stream, the others image by image
)
