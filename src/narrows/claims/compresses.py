"""Claim 10: an autoencoder compresses."""

from collections.abc import Mapping
from dataclasses import replace
from math import prod

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame, Series

from narrows.claims.engine import chart
from narrows.claims.engine.cells import Pair, scores, strongest, turn
from narrows.claims.engine.claim import Claim, Reference
from narrows.claims.engine.controls import expect_equal, expect_halves_equal
from narrows.claims.engine.evidence import Control, Evidence, Numbers
from narrows.claims.engine.gates import converged
from narrows.claims.engine.long_tables import REFERENCE, VALUE
from narrows.claims.engine.measure import MSE, Quantity, gaps, means, runs
from narrows.claims.engine.planned import Planned
from narrows.claims.engine.rate_curve import curve
from narrows.config.catalogue import CATALOGUE
from narrows.config.quantities import quantity
from narrows.evaluation.baselines.image_formats import QUALITIES
from narrows.evaluation.coding import rate_distortion
from narrows.report.figures.style import COLOURS, figure, plain
from narrows.report.numbers import NOTHING
from narrows.stats.factors import BOTTLENECK, SEED
from narrows.stats.grid import TEST_MSE, Grid

STEPS = [rate_distortion.thousandths(step) for step in rate_distortion.STEPS]
RATES = (0.01, 0.02, 0.04, 0.08)  # bits per pixel at which two coders are compared
AT = 0.02  # bits per pixel of the primary contrast: 2 bytes for an image of 784 pixels
IMAGES = (100, 1_000, 10_000, 100_000, 1_000_000)  # that share the bytes of the model
RATE = "bits per pixel"
AE, PCA = "autoencoder", "PCA, same coder"
CODERS = {AE: VALUE, PCA: REFERENCE}
ENDS = {AE: "", PCA: "_pca"}  # of the metrics' names
LOSSLESS = {"gzip": "gzip", "PNG": "png", "WebP, lossless": "webp_lossless"}
PIXELS = prod(CATALOGUE["mnist"].shape)
ERROR, BITS = Quantity(MSE.label, VALUE, MSE.unit, "log"), Quantity("bits per pixel", "bits")
PLANNED = Planned(replace(quantity(TEST_MSE), label="test MSE after decoding"), AE, PCA, f"at {AT:g} bits per pixel")


def evidence(grids: Mapping[str, Grid]) -> Evidence:
    """The lower envelopes of error over rate, of all bottlenecks and steps of a seed."""
    table = runs(grids)
    rows = DataFrame([row for _, group in table.groupby(SEED) for row in _compared(group)])
    places: dict[float, Pair] = {
        rate: (scores(part, VALUE), scores(part, REFERENCE)) for rate, part in rows.groupby(RATE)
    }
    level, baseline = places[AT]
    widest = table[table[BOTTLENECK] == table[BOTTLENECK].max()]
    return Evidence(
        primary=PLANNED.compare(level, baseline),
        strongest=strongest(PLANNED, level, {PCA: baseline}),
        controls=[
            _rounding(widest),
            expect_halves_equal(level, PLANNED),
        ],
        gates=[converged(grids, table, BOTTLENECK)],
        tables=_tables(table, rows),
        turns=[turn("bits per pixel", PLANNED, places)],
        further=[_weights(_rates(table, max(IMAGES)), max(IMAGES)), _weights(_rates(table, 10_000), 10_000)],
    )


def _rounding(widest: DataFrame) -> Control:
    """Decoded from bytes, the error is that of the exact codes and of rounding: step² / 12 for each number."""
    added = widest[BOTTLENECK].to_numpy(float) * rate_distortion.STEPS[-1] ** 2 / 12  # as in Bennett 1948
    planned = replace(PLANNED, level="decoded images", baseline="exact codes and rounding")
    compared = planned.compare(scores(widest, f"test/compression_{STEPS[-1]}_mse"), scores(widest, TEST_MSE) + added)
    return expect_equal("decoded images against exact codes and rounding, widest code", compared)


def _compared(group: DataFrame) -> list[dict[str, float]]:
    """The errors of both coders at each rate, from the runs of one seed with all bottlenecks."""
    autoencoder, pca = (curve(_points(group, end)) for end in ENDS.values())
    seed = group[SEED].iloc[0]
    return [{SEED: seed, RATE: rate, VALUE: autoencoder.at(rate), REFERENCE: pca.at(rate)} for rate in RATES]


def _tables(table: DataFrame, rows: DataFrame) -> Numbers:
    both = pd.concat([rows.assign(coder=coder, **{VALUE: rows[column]}) for coder, column in CODERS.items()])
    shared = pd.concat([_rates(table, images).assign(images=f"{images:,}") for images in IMAGES])
    return {
        "curves": means(both.dropna(subset=[VALUE]), [RATE, "coder"], [ERROR]).drop(columns="quantity"),
        "gaps": gaps(rows.dropna(subset=[VALUE, REFERENCE]), [RATE], ERROR, REFERENCE),
        "images": means(shared, ["images", "way"], [BITS]).drop(columns="quantity"),
        "rates": means(_rates(table, None), ["way"], [BITS, ERROR]),
        "formats": means(_formats(table), ["format"], [BITS, ERROR]),
    }


def _points(group: DataFrame, end: str) -> list[tuple[float, float]]:
    names = [f"test/compression_{step}" for step in STEPS]
    return [(run[f"{name}_bpp{end}"], run[f"{name}_mse{end}"]) for _, run in group.iterrows() for name in names]


def _format(run: "Series[float]", name: str, quality: int) -> tuple[float, float]:
    return run[f"test/compression_{name}_{quality}_bpp"], run[f"test/compression_{name}_{quality}_mse"]


def _rates(table: DataFrame, images: int | None) -> DataFrame:
    """The widest code at its finest step, with the weights shared by so many images, and the lossless formats.

    Without the weights for None.
    """
    widest = table[table[BOTTLENECK] == table[BOTTLENECK].max()]
    parts = []
    for coder, end in ENDS.items():
        bits, error = (widest[f"test/compression_{STEPS[-1]}_{what}{end}"] for what in ("bpp", "mse"))
        weights = 8 * widest[f"test/compression_model{end}"] / (PIXELS * images) if images else 0.0
        parts.append(widest.assign(way=coder, bits=bits + weights, **{VALUE: error}))
    lossless = {name: widest[f"test/compression_{metric}_bpp"] for name, metric in LOSSLESS.items()}
    parts += [widest.assign(way=name, bits=bits, **{VALUE: 0.0}) for name, bits in lossless.items()]
    return pd.concat(parts)


def _weights(rates: DataFrame, images: int) -> str:
    """The bits of both coders with the weights, which so many images share."""
    bits = rates.groupby("way")[BITS.metric].mean()
    return (
        f"With the weights, shared by {images:,} images, the widest code at its finest step takes {bits[AE]:#.2g} bits "
        f"per pixel ({AE}) and {bits[PCA]:#.2g} ({PCA})."
    )


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


def draw(numbers: Numbers) -> Figure:
    drawn = figure()
    axes = drawn.add_subplot()
    chart.lines(axes, numbers["curves"], RATE, "coder")
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
        "bytes each, is shared by all images that it receives, so that it is counted for several numbers of them."
    ),
    planned=PLANNED,
    studies=("compression",),
    captions={
        "curves": "Test MSE × 10⁻³ by bits per pixel of the codes: mean ± half of the 95 % interval over seeds (n).",
        "gaps": "Test MSE × 10⁻³ minus that of PCA at the same rate (ratio of geometric means minus 1), n seeds.",
        "images": "Bits per pixel of the widest code at its finest step, with the weights shared by so many images, "
        "and of lossless formats.",
        "rates": "The widest code at its finest step without the weights, and lossless formats: bits per pixel and "
        "test MSE × 10⁻³.",
        "formats": "JPEG and WebP: bits per pixel and test MSE × 10⁻³.",
    },
    legend="Test error over bits per pixel, on logarithmic scales: means and 95 % bands over seeds.",
    evidence=evidence,
    draw=draw,
    references=tuple(
        Reference(f"{name}: bits per pixel", bits, NOTHING, "", "rates", {"way": name, "quantity": BITS.label})
        for name, bits in {"gzip": 1.635, "PNG": 2.796, "WebP, lossless": 2.099}.items()
    ),  # of MNIST's test images; gzip of one stream, the others image by image
)
