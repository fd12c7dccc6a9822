"""Claim 7: reconstruction error finds anomalies."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, share
from narrows.claims.engine.long_tables import REFERENCE, VALUE, places, stacked
from narrows.claims.engine.measure import Quantity, gaps, means, runs
from narrows.report.figures.style import figure
from narrows.report.numbers import spread
from narrows.stats.factors import SEED
from narrows.stats.grid import Grid

#: What the normal images are, and in the second and third setting whose images are the anomalies.
DIGIT = "one digit of ten"
SETTINGS = {"mnist": "digits, not clothes", "fashion_mnist": "clothes, not digits"}
DETECTORS = {"autoencoder": "", "PCA": "_pca", "nearest neighbour": "_neighbour", "isolation forest": "_forest"}
CHANCE = "chance"
ALARMS = {"false alarms": "false_alarms", "detected": "detected"}
PERCENT = Quantity("%", VALUE, 100)
MARGIN = 1  # point of area under the ROC curve, that no user would notice


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Ranking by each detector in each setting, the mean over ten digits one number a seed; what alarms do."""
    one, other = (runs({name: grids[name]}) for name in ("anomaly", "foreign"))
    table = pd.concat([_settled(one, "anomaly", DIGIT), _settled(other, "foreign", other["data"].map(SETTINGS))])
    against = {name: ("auroc", f"auroc{end}") for name, end in DETECTORS.items() if end}
    compared = stacked(table.assign(**{CHANCE: 0.5}), "against", {CHANCE: ("auroc", CHANCE)} | against)
    alone = one.rename(columns={"data.classes": "digit"}).rename(columns=lambda name: name.replace("test/anomaly_", ""))
    return {
        "auroc": _by(table, "setting", "detector", {name: f"auroc{end}" for name, end in DETECTORS.items()}),
        "ap": _by(
            table, "setting", "detector", {name: f"ap{end}" for name, end in DETECTORS.items()} | {CHANCE: "share"}
        ),
        "digits": _by(alone, "digit", "detector", {name: f"auroc{end}" for name, end in DETECTORS.items()}),
        "alarms": _by(table, "setting", "share of test images", ALARMS),
        "gaps": gaps(compared, ["setting", "against"], PERCENT, REFERENCE),
    }


def _settled(table: DataFrame, evaluation: str, setting: "str | pd.Series[str]") -> DataFrame:
    """What `evaluation` found, under its quantities' names, as means over all that is no seed and no setting."""
    before = f"test/{evaluation}_"
    found = table.filter(regex=f"^{before}").rename(columns=lambda name: name.removeprefix(before))
    return found.assign(setting=setting).groupby(["setting", table[SEED]], sort=False).mean().reset_index()


def _by(table: DataFrame, rows: str, columns: str, metrics: Mapping[str, str]) -> DataFrame:
    return means(stacked(table, columns, metrics), [rows, columns], [PERCENT]).drop(columns="quantity")


def judge(numbers: Numbers) -> Verdict:
    """Each setting is a case: above chance, and shown to be at most a point below each detector without training.

    That nothing better is shown would not do: with few seeds nothing is.
    """
    tested, total = numbers["gaps"], numbers["gaps"]["setting"].nunique()
    found = tested[(tested["against"] == CHANCE) & (tested["verdict"] == "higher")]
    level = tested["difference"] - tested["ci95"] > -MARGIN
    behind = tested[(tested["against"] != CHANCE) & ~level]
    held = set(found["setting"]) - set(behind["setting"])
    alarms = numbers["alarms"]
    seen = alarms[alarms["share of test images"] == "false alarms"]
    rates = ", ".join(f"{row['mean']:.1f} % ({row['setting']})" for _, row in seen.iterrows())
    return Verdict(
        share(len(held), total),
        f"The error ranks anomalies above chance in {len(found)} of {total} settings, and as well as the other "
        f"detectors, to a point of area, in {len(held)}; perhaps better than it are "
        f"{places(behind, ['setting', 'against'])}. A threshold set for 5 % false alarms gave {rates}.",
    )


def headline(numbers: Numbers) -> str:
    """The area under the ROC curve in the first setting, beside PCA's."""
    found = numbers["auroc"]
    rows = found[found["setting"] == DIGIT].set_index("detector")
    own, pca = rows.loc["autoencoder"], rows.loc["PCA"]
    return (
        f"AUROC {spread(own['mean'], own['ci95'])} % over ten digits (n = {int(own['n'])}), "
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
        "One-class MNIST: an autoencoder is trained on one digit, and its error on all test images ranks the other "
        "nine digits as anomalies; mean over the ten digits. Likewise Fashion-MNIST's test images among MNIST's, and "
        "the other way round. Beside it, on the same training images: the error of PCA with as many components, the "
        "distance to the nearest training image (at most 5,000 of them), an isolation forest. The threshold is the "
        "error that 5 % of the training images exceed."
    ),
    rule=(
        "A setting holds where the area under the ROC curve is above one half (paired t test over seeds, "
        "Holm-corrected over all comparisons) and the whole 95 % interval of its difference from each other detector "
        "lies above −1 point. supported: all three settings hold; not supported: none; mixed: some."
    ),
    studies=("anomaly", "foreign"),
    captions={
        "auroc": "Area under the ROC curve, %: mean ± half of the 95 % interval over seeds (n).",
        "ap": "Average precision, %, anomalies being the positives; chance is their share.",
        "digits": "Area under the ROC curve, %, by the digit that was trained on.",
        "alarms": "A threshold that 5 % of the training images exceed: normal and anomalous test images above it, %.",
        "gaps": "Area under the ROC curve of the autoencoder minus that of the others, points; n seeds.",
    },
    legend="Area under the ROC curve by the digit that was trained on: means and 95 % intervals over seeds.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
)
