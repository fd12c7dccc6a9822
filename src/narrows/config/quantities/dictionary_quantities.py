"""Evaluations of sparse dictionaries: sparsity, recovery of known features, splitting, downstream loss."""

from dataclasses import replace

from narrows.config.quantities.quantity import Quantity
from narrows.config.quantities.row_makers import Rows, measured_by, percentage

COSINE = Quantity("", "higher", decimals=3, margin=0.01)
RANDOM = "random directions"

SPARSITY = measured_by(
    "sparsity",
    {
        "explained_variance": percentage("explained variance"),
        "active_per_image": Quantity("active units of an image", decimals=2),
        "never_active": percentage("units that are never active", "lower"),
    },
)

RECOVERY = measured_by(
    "recovery",
    {
        "recovery_features": replace(
            COSINE,
            label="max cosine of features",
            reference="recovery_features_random",
            reference_label=RANDOM,
        ),
        "recovery_features_random": replace(COSINE, label=f"max cosine of features, {RANDOM}"),
        "recovery_units": replace(COSINE, label="max cosine of units"),
        "recovery_matched": replace(COSINE, label="cosine of matched features"),
        "recovery_found": percentage("features found"),
        "recovery_precision": percentage("precision of firing"),
        "recovery_recall": percentage("recall of firing"),
    },
)

#: A parent with a unit of its own has 1.
SPLITTING = measured_by(
    "splitting",
    {
        "split_units": Quantity("units for a parent feature", decimals=2),
        "absorption": percentage("parents absorbed by their children", "lower"),
    },
)

DOWNSTREAM = measured_by(
    "downstream",
    {
        "downstream_loss": Quantity(
            "cross-entropy of a classifier of reconstructions",
            "lower",
            "nats",
            decimals=3,
            reference="downstream_images",
            reference_label="images",
        ),
        "downstream_images": Quantity("cross-entropy of a classifier of images", "lower", "nats", decimals=3),
        "downstream_recovered": percentage("cross-entropy recovered"),
    },
)

ROWS: Rows = {**SPARSITY, **RECOVERY, **SPLITTING, **DOWNSTREAM}
