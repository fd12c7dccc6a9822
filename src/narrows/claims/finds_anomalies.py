"""Claim 7: reconstruction error finds anomalies."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.cells import scores, strongest
from narrows.claims.engine.claim import Claim, Reference
from narrows.claims.engine.controls import expect_better, expect_halves_equal
from narrows.claims.engine.evidence import Control, Evidence, Numbers
from narrows.claims.engine.gates import converged
from narrows.claims.engine.long_tables import REFERENCE, VALUE, stacked
from narrows.claims.engine.measure import Quantity, gaps, means, runs
from narrows.claims.engine.planned import Planned
from narrows.config.quantities import quantity
from narrows.evaluation.other_dataset import MOST
from narrows.evaluation.support.detection import FALSE_ALARMS
from narrows.report.figures.style import figure
from narrows.stats.factors import SEED
from narrows.stats.grid import Grid

#: What the normal images are, and in the second and third setting what the anomalies are.
DIGIT = "one digit of ten"
SETTINGS = {"mnist": "digits, not clothes", "fashion_mnist": "clothes, not digits"}
SETTING = "setting"
AUTOENCODER, PCA = "autoencoder", "PCA"
DETECTORS = {AUTOENCODER: "", PCA: "_pca", "nearest neighbour": "_neighbour", "isolation forest": "_forest"}
ALARMS = {"false alarms": "false_alarms", "detected": "detected"}
PERCENT = Quantity("%", VALUE, 100)
TOLERANCE = 0.02  # of the share of false alarms, whose standard error for one digit's 1,000 test images is 0.007
AREA = replace(quantity("test/anomaly_auroc"), label="AUROC")
PLANNED = Planned(AREA, AUTOENCODER, PCA, "with 32 numbers, trained on one digit of ten (mean over digits)")


def evidence(grids: Mapping[str, Grid]) -> Evidence:
    """The reconstruction error against other detectors; with one digit of ten, each seed counts once."""
    digits, datasets = (runs({name: grids[name]}) for name in ("anomaly", "foreign"))
    settings = datasets["data"].map(SETTINGS)
    table = pd.concat([_by_setting(digits, "anomaly", DIGIT), _by_setting(datasets, "foreign", settings)])
    areas = {name: scores(table, f"auroc{end}", {SETTING: DIGIT}) for name, end in DETECTORS.items()}
    clothes = scores(table, "auroc", {SETTING: SETTINGS["mnist"]})
    chance = replace(PLANNED, baseline="chance", at="with clothes among digits").compare(
        clothes, np.full_like(clothes, 0.5)
    )
    return Evidence(
        primary=PLANNED.compare(areas[AUTOENCODER], areas[PCA]),
        strongest=strongest(
            PLANNED, areas[AUTOENCODER], {name: areas[name] for name in DETECTORS if name != AUTOENCODER}
        ),
        controls=[
            expect_better("clothes among digits against chance", chance),
            _threshold_holds(table),
            expect_halves_equal(areas[AUTOENCODER], PLANNED),
        ],
        gates=[converged(grids, digits.assign(arm=AUTOENCODER))],
        tables=_tables(table, digits),
    )


def _threshold_holds(table: DataFrame) -> Control:
    """Normal test images are no anomalies: as many of them are above the threshold as was planned."""
    share = float(scores(table, "false_alarms", {SETTING: DIGIT}).mean())
    within = f"{100 * FALSE_ALARMS:g} ± {100 * TOLERANCE:g} %"
    return Control(
        "false alarms among normal test images", within, f"{100 * share:.1f} %", abs(share - FALSE_ALARMS) < TOLERANCE
    )


def _tables(table: DataFrame, digits: DataFrame) -> Numbers:
    """Areas and precisions of each detector in each setting; false alarms; differences between detectors."""
    areas, precisions = ({name: what + end for name, end in DETECTORS.items()} for what in ("auroc", "ap"))
    against = {name: ("auroc", area) for name, area in areas.items() if name != AUTOENCODER}
    by_digit = digits.rename(columns={"data.classes": "digit"})
    by_digit = by_digit.rename(columns=lambda name: name.replace("test/anomaly_", ""))
    return {
        "auroc": _by(table, SETTING, "detector", areas),
        "ap": _by(table, SETTING, "detector", precisions),
        "digits": _by(by_digit, "digit", "detector", areas),
        "alarms": _by(table, SETTING, "share of test images", ALARMS),
        "gaps": gaps(stacked(table, "against", against), [SETTING, "against"], PERCENT, REFERENCE),
    }


def _by_setting(table: DataFrame, evaluation: str, setting: "str | pd.Series[str]") -> DataFrame:
    """The quantities of `evaluation`, a row for each setting and seed with means over all other factors."""
    prefix = f"test/{evaluation}_"
    quantities = table.filter(regex=f"^{prefix}").rename(columns=lambda name: name.removeprefix(prefix))
    return quantities.assign(setting=setting).groupby(["setting", table[SEED]], sort=False).mean().reset_index()


def _by(table: DataFrame, rows: str, columns: str, metrics: Mapping[str, str]) -> DataFrame:
    return means(stacked(table, columns, metrics), [rows, columns], [PERCENT]).drop(columns="quantity")


def draw(numbers: Numbers) -> Figure:
    drawn = figure()
    axes = drawn.add_subplot()
    chart.dots(axes, numbers["digits"], "digit", "detector")
    axes.set(xlabel="digit trained on", ylabel="area under the ROC curve, %")
    drawn.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return drawn


CLAIM = Claim(
    number=7,
    name="anomaly",
    sentence="Reconstruction error finds anomalies.",
    protocol=(
        "One-class MNIST: an autoencoder is trained on one digit, and the other nine digits are anomalies, which its "
        "error on the test images should rank highest; mean over the ten digits. Likewise Fashion-MNIST's test images "
        "among MNIST's, which is the positive control, and MNIST's among Fashion-MNIST's. For comparison, fitted to "
        "the same training images: the error of PCA with as many components, the distance to the nearest training "
        f"image (at most {MOST:,} of them), and an isolation forest. The threshold is the error that "
        f"{100 * FALSE_ALARMS:g} % of the validation images exceed. Average precision is for as many anomalies as "
        "normal images."
    ),
    planned=PLANNED,
    studies=("anomaly", "foreign"),
    captions={
        "auroc": "Area under the ROC curve, %: mean ± half of the 95 % interval over seeds (n).",
        "ap": "Average precision, %; anomalies are the positives, and chance is 50 %.",
        "digits": "Area under the ROC curve, %, by the digit trained on.",
        "alarms": f"Normal and anomalous test images above a threshold that {100 * FALSE_ALARMS:g} % of the "
        "validation images exceed, %.",
        "gaps": "Area under the ROC curve of the autoencoder minus that of the others, points; n seeds.",
    },
    legend="Area under the ROC curve by the digit trained on: means and 95 % intervals over seeds.",
    evidence=evidence,
    draw=draw,
    references=tuple(
        Reference(
            f"{name}: mean AUROC over ten digits, %",
            *(area, images, "anomaly", "auroc"),
            {SETTING: DIGIT, "detector": detector},
        )  # one-class MNIST on raw pixels, the setting of Ruff et al. 2018 (ICML)
        for name, detector, area, images in (
            ("PCA-32", "PCA", 95.5, "all of a digit, 5,421 to 6,742"),
            ("nearest training image", "nearest neighbour", 95.4, f"at most {MOST:,} of a digit"),
        )
    ),
)
