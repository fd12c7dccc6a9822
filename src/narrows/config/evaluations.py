"""What a trained autoencoder is good for: each evaluation by name."""

from collections.abc import Sequence

from narrows.errors import UserError

EVALUATIONS = {
    "reconstruction": "error of the test images",
    "memorisation": "gap between training and test images, nearest training images, attractors",
    "copying": "error of foreign images",
    "units": "dead hidden units",
    "smoothness": "how evenly decoded images change along interpolated codes",
    "probe": "accuracy of a linear classifier on the codes",
    "neighbours": "accuracy of the nearest neighbours by their codes",
    "clusters": "clusters of the codes against the classes",
    "anomaly": "error on classes that were not trained on",
    "foreign": "error on another data set's images",
    "denoising": "noise that is taken away, by kind and level",
    "few_labels": "accuracy of classifiers that start from the encoder",
    "compression": "bytes of the quantised codes, and the error after decoding them",
    "generation": "samples from distributions of codes against real images",
}

#: What some of them ask of the data: pixels, that is bytes, and labels.
PIXELS = {"copying", "foreign", "denoising", "compression", "generation"}
LABELS = {"probe", "neighbours", "clusters", "anomaly", "few_labels", "generation"}


def unfit(names: Sequence[str], pixels: bool, labels: bool) -> str | None:
    """Why one of these evaluations says nothing about data with or without `pixels` and `labels`; None where all do."""
    for name in names:
        if name in PIXELS and not pixels:
            return f"evaluation={name}: is of images of pixels, which these data are not"
        if name in LABELS and not labels:
            return f"evaluation={name}: compares labels, which these data have none of; data.label=NAME names them"
    return None


def known(names: Sequence[str]) -> None:
    """Raises UserError for a name that is not in the table, and for one that comes twice."""
    for place, name in enumerate(names):
        if name not in EVALUATIONS:
            raise UserError(f"evaluation={name}: choose from {', '.join(EVALUATIONS)}")
        if name in names[:place]:
            raise UserError(f"evaluation=[{','.join(names)}]: {name} stands there twice")
