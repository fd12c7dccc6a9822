"""The conditions that evaluations set on data and installed packages, each with the sentence for a user."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import NamedTuple


class DataTraits(NamedTuple):
    """The properties of the data that evaluations can need.

    `pixels`: bytes scaled to [0, 1]; `shape`: (C, H, W) of an image; `labels`: there are class labels; `unseen`: some
    of the classes were not trained on; `several`: the training images have two classes or more; `train` and `test`
    count images; `grey`: pixels are not binarised; `truth`: the features that samples were made of are known;
    `hierarchy`: some of these features are active only with their parent; `factors`: two factors of each image or more
    are known and vary.
    """

    pixels: bool
    shape: tuple[int, int, int]
    labels: bool
    unseen: bool
    several: bool
    train: int
    test: int
    grey: bool = True
    truth: bool = False
    hierarchy: bool = False
    factors: bool = False


class Need(NamedTuple):
    """A condition on the data or the installed packages, and the sentence for a user when it is not met."""

    met: Callable[[DataTraits], bool]
    sentence: str


def package(module: str, name: str, extra: str) -> Need:
    """An optional package: the module it is imported as, its name, and the extra of narrows that installs it."""
    sentence = f"needs the package {name}; pip install 'narrows[{extra}]' installs it"
    return Need(lambda data: find_spec(module) is not None, sentence)


PIXELS = Need(
    lambda data: data.pixels,
    "needs images whose pixels are bytes, with data.contrast=none; these data are other numbers",
)
GREY = Need(lambda data: data.grey, "compares with grey images; choose data.binarise=none")
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
TRUTH = Need(
    lambda data: data.truth, "compares with the features that the data were made of; needs data=synthetic_dictionary"
)
HIERARCHY = Need(lambda data: data.hierarchy, "compares parents with their children; needs data.structure=hierarchical")
FACTORS = Need(
    lambda data: data.factors,
    "needs images of two known factors or more, which data=sprites and data=dsprites have",
)
ENOUGH = Need(
    lambda data: data.train >= 10 and data.test >= 8,
    "fits ten distributions and compares neighbours in halves of the test images; needs 10 training and 8 test images",
)
