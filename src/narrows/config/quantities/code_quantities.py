"""Evaluations of the code: classes, clusters, few labels, generated images, interpolation."""

from dataclasses import replace

from narrows.config.quantities.quantity import Quantity
from narrows.config.quantities.row_makers import (
    PCA,
    PCA_AND_PIXELS,
    Rows,
    measured_by,
    percentage,
    with_baselines,
    with_error,
)

CLASSIFIERS = {
    "probe": ("probe accuracy", "classification error"),
    "neighbours": ("5-NN accuracy", "5-NN error"),
}
AGREEMENT = Quantity("", "higher", decimals=3)

#: The encoder of each classifier with few labels, and the classifier that is its reference.
ENCODERS = {
    "frozen": ("frozen encoder", "pixels"),
    "tuned": ("fine-tuned encoder", "scratch"),
    "scratch": ("encoder from scratch", ""),
    "pixels": ("pixels", ""),
}

#: The distributions that codes are drawn from, and real images in place of generated ones.
DRAWN = {
    "prior": "prior",
    "gaussian": "fitted Gaussian",
    "mixture": "fitted mixture",
    "flow": "fitted flow",
    "real": "real images",
}


def _of_classifier(name: str, accuracy: str, error: str) -> Rows:
    return measured_by(name, with_baselines(with_error(name, percentage(accuracy), error), PCA_AND_PIXELS))


def _few_labels(encoder: str, words: str, reference: str) -> Rows:
    accuracy = percentage(f"accuracy with * labels, {words}")
    if reference:
        reference_label = ENCODERS[reference][0]
        accuracy = replace(accuracy, reference=f"few_labels_*_{reference}", reference_label=reference_label)
    return with_error(f"few_labels_*_{encoder}", accuracy, f"error with * labels, {words}")


def _generated(codes: str, words: str) -> Rows:
    # Codes from a prior that training ignores give distances that differ by factors between seeds.
    distance = Quantity(f"Fréchet distance, {words}", "lower", scale="log", average="geometric mean", decimals=2)
    rows = {
        "frechet": distance,
        "precision": percentage(f"precision, {words}"),
        "recall": percentage(f"recall, {words}"),
    }
    return {f"generation_{codes}_{name}": _against_real(name, row, codes) for name, row in rows.items()}


def _against_real(name: str, row: Quantity, codes: str) -> Quantity:
    if codes == "real":
        return row
    return replace(row, reference=f"generation_real_{name}", reference_label=DRAWN["real"])


PROBES = {name: row for kind, labels in CLASSIFIERS.items() for name, row in _of_classifier(kind, *labels).items()}

WHITENED = measured_by(
    "neighbours",
    with_baselines(
        with_error("neighbours_whitened", percentage("5-NN accuracy, whitened codes"), "5-NN error, whitened codes"),
        PCA,
    ),
)

CLUSTERS = measured_by(
    "clusters",
    with_baselines(
        {
            "clusters_nmi": replace(AGREEMENT, label="NMI of clusters and classes"),
            "clusters_ari": replace(AGREEMENT, label="ARI of clusters and classes"),
        },
        PCA_AND_PIXELS,
    ),
)

FEW_LABELS = measured_by(
    "few_labels",
    {name: row for encoder, texts in ENCODERS.items() for name, row in _few_labels(encoder, *texts).items()},
)

GENERATION = measured_by(
    "generation",
    {name: row for codes, words in DRAWN.items() for name, row in _generated(codes, words).items()}
    | {"generation_accuracy": percentage("accuracy of the classifier whose features are compared", "")},
)

#: A straight path has length 1; an even speed has peak 1.
SMOOTHNESS = measured_by(
    "smoothness",
    {
        "path_length": Quantity("relative length of interpolations", "lower", decimals=3),
        "path_peak": Quantity("longest over mean step of interpolations", "lower", decimals=3),
        "jacobian_norm": Quantity("change of the image per deviation of the code", decimals=4, data_power=1),
    },
)

ROWS: Rows = {
    **PROBES,
    **WHITENED,
    **CLUSTERS,
    **FEW_LABELS,
    **SMOOTHNESS,
    **GENERATION,
}
