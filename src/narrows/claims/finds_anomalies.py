"""Claim 7: reconstruction error finds anomalies."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Reference, Verdict, share
from narrows.claims.engine.long_tables import REFERENCE, VALUE, stacked
from narrows.claims.engine.measure import Quantity, gaps, higher, means, runs
from narrows.claims.engine.sentences import places
from narrows.evaluation.other_dataset import MOST
from narrows.evaluation.support.detection import FALSE_ALARMS
from narrows.report.figures.style import figure
from narrows.report.numbers import spread
from narrows.stats.factors import SEED
from narrows.stats.grid import Grid

#: What the normal images are, and in the second and third setting what the anomalies are.
DIGIT = "one digit of ten"
SETTINGS = {"mnist": "digits, not clothes", "fashion_mnist": "clothes, not digits"}
DETECTORS = {"autoencoder": "", "PCA": "_pca", "nearest neighbour": "_neighbour", "isolation forest": "_forest"}
CHANCE = "chance"
ALARMS = {"false alarms": "false_alarms", "detected": "detected"}
PERCENT = Quantity("%", VALUE, 100)
MARGIN = 1  # percentage point of area under the ROC curve: a difference that no user would notice


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Areas and precisions of each detector in each setting; false alarms; differences between detectors.

    With one digit of ten, each seed counts once, with its mean over the ten digits.
    """
    digits, datasets = (runs({name: grids[name]}) for name in ("anomaly", "foreign"))
    settings = datasets["data"].map(SETTINGS)
    table = pd.concat([_by_setting(digits, "anomaly", DIGIT), _by_setting(datasets, "foreign", settings)])
    areas, precisions = ({name: what + end for name, end in DETECTORS.items()} for what in ("auroc", "ap"))
    against = {name: ("auroc", area) for name, area in areas.items() if area != "auroc"}
    compared = stacked(table.assign(**{CHANCE: 0.5}), "against", {CHANCE: ("auroc", CHANCE)} | against)
    by_digit = digits.rename(columns={"data.classes": "digit"})
    by_digit = by_digit.rename(columns=lambda name: name.replace("test/anomaly_", ""))
    return {
        "auroc": _by(table, "setting", "detector", areas),
        "ap": _by(table.assign(**{CHANCE: 0.5}), "setting", "detector", precisions | {CHANCE: CHANCE}),
        "digits": _by(by_digit, "digit", "detector", areas),
        "alarms": _by(table, "setting", "share of test images", ALARMS),
        "gaps": gaps(compared, ["setting", "against"], PERCENT, REFERENCE),
    }


def _by_setting(table: DataFrame, evaluation: str, setting: "str | pd.Series[str]") -> DataFrame:
    """The quantities of `evaluation`, a row for each setting and seed with means over all other factors."""
    prefix = f"test/{evaluation}_"
    quantities = table.filter(regex=f"^{prefix}").rename(columns=lambda name: name.removeprefix(prefix))
    return quantities.assign(setting=setting).groupby(["setting", table[SEED]], sort=False).mean().reset_index()


def _by(table: DataFrame, rows: str, columns: str, metrics: Mapping[str, str]) -> DataFrame:
    return means(stacked(table, columns, metrics), [rows, columns], [PERCENT]).drop(columns="quantity")


def judge(numbers: Numbers) -> Verdict:
    """Each setting is a case: above chance, and at most a point below every other detector, by the whole interval.

    That no detector is shown to be better would not be enough: with few seeds, hardly any difference is shown.
    """
    tested, total = numbers["gaps"], numbers["gaps"]["setting"].nunique()
    above = higher(tested[tested["against"] == CHANCE])
    level = tested["difference"] - tested["ci95"] > -MARGIN
    behind = tested[(tested["against"] != CHANCE) & ~level]
    held = set(above["setting"]) - set(behind["setting"])
    alarms = numbers["alarms"]
    false = alarms[alarms["share of test images"] == "false alarms"]
    rates = ", ".join(f"{row['mean']:.1f} % ({row['setting']})" for _, row in false.iterrows())
    return Verdict(
        share(len(held), total),
        f"The error ranks anomalies above chance in {len(above)} of {total} settings, and as well as the other "
        f"detectors, within a point of area, in {len(held)}; detectors that may be better: "
        f"{places(behind, ['setting', 'against'])}. A threshold set for {FALSE_ALARMS:.0%} false alarms gave {rates}.",
    )


def headline(numbers: Numbers) -> str:
    """The area under the ROC curve in the first setting, with those of PCA and of the nearest neighbour."""
    areas = numbers["auroc"]
    rows = areas[areas["setting"] == DIGIT].set_index("detector")
    autoencoder, pca = rows.loc["autoencoder"], rows.loc["PCA"]
    return (
        f"AUROC {spread(autoencoder['mean'], autoencoder['ci95'])} % over ten digits (n = {int(autoencoder['n'])}), "
        f"PCA {pca['mean']:.1f} %, nearest neighbour {rows.loc['nearest neighbour']['mean']:.1f} %"
    )


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
        "among MNIST's, and MNIST's among Fashion-MNIST's. For comparison, from the same training images: the error of "
        f"PCA with as many components, the distance to the nearest training image (at most {MOST:,} of them), and an "
        f"isolation forest. The threshold is the error that {100 * FALSE_ALARMS:g} % of validation images exceed."
    ),
    rule=(
        "A setting holds if the area under the ROC curve is above one half (paired t test over seeds, "
        "Holm-corrected over all comparisons) and the whole 95 % interval of its difference from each other detector "
        "lies above −1 point. supported: all three settings hold; not supported: none does; mixed: some do."
    ),
    studies=("anomaly", "foreign"),
    captions={
        "auroc": "Area under the ROC curve, %: mean ± half of the 95 % interval over seeds (n).",
        "ap": "Average precision, %; anomalies are the positives, weighted as if there were as many normal images.",
        "digits": "Area under the ROC curve, %, by the digit trained on.",
        "alarms": f"Normal and anomalous test images above a threshold that {100 * FALSE_ALARMS:g} % of the "
        "validation images exceed, %.",
        "gaps": "Area under the ROC curve of the autoencoder minus that of the others, points; n seeds.",
    },
    legend="Area under the ROC curve by the digit trained on: means and 95 % intervals over seeds.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
    references=tuple(
        Reference(
            f"{name}: mean AUROC over ten digits, %",
            *(area, images, "anomaly", "auroc"),
            {"setting": DIGIT, "detector": detector},
        )  # one-class MNIST on raw pixels, the setting of Ruff et al. 2018 (ICML)
        for name, detector, area, images in (
            ("PCA-32", "PCA", 95.5, "all of a digit, 5,421 to 6,742"),
            ("nearest training image", "nearest neighbour", 95.4, f"at most {MOST:,} of a digit"),
        )
    ),
)
