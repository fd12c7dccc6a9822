"""The table of evaluations of a trained autoencoder, with the data and packages that each needs.

A new evaluation is a row here and a module in `narrows.evaluation`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import NamedTuple

from narrows.errors import UserError


class DataTraits(NamedTuple):
    """The properties of the data that evaluations can need.

    `pixels`: bytes scaled to [0, 1]; `shape`: (C, H, W) of an image; `labels`: there are class labels; `unseen`: some
    of the classes were not trained on; `several`: the training images have two classes or more; `train` and `test`
    count images.
    """

    pixels: bool
    shape: tuple[int, int, int]
    labels: bool
    unseen: bool
    several: bool
    train: int
    test: int


class Need(NamedTuple):
    """A condition on the data or the installed packages, and the sentence for a user when it is not met."""

    met: Callable[[DataTraits], bool]
    sentence: str


def package(module: str, name: str, extra: str) -> Need:
    """An optional package: the module it is imported as, its name, and the extra of narrows that installs it."""
    sentence = f"needs the package {name}; pip install 'narrows[{extra}]' installs it"
    return Need(lambda data: find_spec(module) is not None, sentence)


PIXELS = Need(lambda data: data.pixels, "needs images whose pixels are bytes; these data are other numbers")
SSIM = Need(
    lambda data: min(data.shape[1:]) >= 11, "needs images of at least 11 × 11 pixels, the size of a window of SSIM"
)
FASHION = Need(
    lambda data: data.shape == (1, 28, 28), "compares with Fashion-MNIST; needs images of 28 × 28 grey pixels"
)
LABELS = Need(
    lambda data: data.labels,
    "needs labels, which these data do not have; data.label=NAME is the column that holds them",
)
UNSEEN = Need(
    lambda data: data.unseen,
    "the training images have all classes of the test images; leave some out, e.g. data.classes=[0]",
)
SEVERAL = Need(
    lambda data: data.several,
    "fits a classifier, which takes two classes; the training images have one, see data.classes and data.train_size",
)
ENOUGH = Need(
    lambda data: data.train >= 10 and data.test >= 8,
    "fits ten distributions and compares neighbours in halves of the test images; needs 10 training and 8 test images",
)


#: The version of an evaluation in records that name none.
FIRST = 1


@dataclass(frozen=True)
class Evaluation:
    """A row of the table.

    `module` names the module in `narrows.evaluation` and the function in it if their name is not the evaluation's.
    `compares` is false for evaluations that look at test images alone and not at training images, `validates` is true
    for those that take the validation images as well. Raise `version` by 1 in a commit after which the evaluation gives
    other numbers: runs that have an earlier version are evaluated again.
    """

    description: str
    needs: tuple[Need, ...] = ()
    module: str = ""
    compares: bool = True
    validates: bool = False
    version: int = FIRST


EVALUATIONS = {
    "reconstruction": Evaluation("error of the test images", compares=False),
    "memorisation": Evaluation("gap between training and test images, nearest training images, attractors", version=2),
    "copying": Evaluation("error of foreign images", (PIXELS, FASHION), version=2),
    "units": Evaluation("dead hidden units", module="dead_units", compares=False),
    "smoothness": Evaluation("how evenly decoded images change along interpolated codes", compares=False),
    "probe": Evaluation("accuracy of a linear classifier on the codes", (LABELS, SEVERAL)),
    "neighbours": Evaluation("accuracy of nearest neighbours in the code", (LABELS,), version=2),
    "clusters": Evaluation("agreement of clusters of the codes with the classes", (LABELS,)),
    "anomaly": Evaluation(
        "detection of classes that were not trained on, by their error", (LABELS, UNSEEN), validates=True, version=2
    ),
    "foreign": Evaluation(
        "detection of another data set's images, by their error",
        (PIXELS, FASHION),
        "other_dataset",
        validates=True,
        version=2,
    ),
    "denoising": Evaluation(
        "noise that is removed, by kind and level",
        (PIXELS, SSIM, package("skimage", "scikit-image", "claims")),
        version=2,
    ),
    "few_labels": Evaluation("accuracy of classifiers that start from the encoder", (LABELS, SEVERAL)),
    "compression": Evaluation(
        "bytes of the quantised codes, and the error after decoding them",
        (PIXELS, package("constriction", "constriction", "claims")),
        version=2,
    ),
    "generation": Evaluation("generated images compared with real ones", (PIXELS, LABELS, ENOUGH), version=2),
}


def listing() -> str:
    """The table as text for --help, a line for each evaluation."""
    return "\n".join(f"  {name:<29} {evaluation.description}" for name, evaluation in EVALUATIONS.items())


def check_names(names: Sequence[str]) -> None:
    """Raises UserError for a name that is not in the table, and for one that is given twice."""
    for position, name in enumerate(names):
        if name not in EVALUATIONS:
            raise UserError(f"evaluation={name}: choose from {', '.join(EVALUATIONS)}")
        if name in names[:position]:
            raise UserError(f"evaluation=[{','.join(names)}]: {name} is given twice")


def unmet_need(names: Sequence[str], data: DataTraits) -> str | None:
    """Why one of these evaluations cannot be computed on such data, in one line; None if all can."""
    for name in names:
        for need in EVALUATIONS[name].needs:
            if not need.met(data):
                return f"evaluation={name}: {need.sentence}"
    return None


def versions_of(names: Sequence[str]) -> dict[str, int]:
    """The version of each of these evaluations."""
    return {name: EVALUATIONS[name].version for name in names}


def compare_labels(names: Sequence[str]) -> bool:
    """Whether one of these evaluations needs the labels of the test images."""
    return any(LABELS in EVALUATIONS[name].needs for name in names)


def need_training(names: Sequence[str]) -> list[str]:
    """Those of these evaluations that need the training images."""
    return [name for name in names if EVALUATIONS[name].compares]
