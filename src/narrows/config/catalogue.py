"""The data sets by name: sizes, files and checksums. Imports nothing slow, since every config is checked against it.

A new data set is an entry here and a file in conf/data.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from narrows.own.request import Kind, Label, matching

#: The name that stands for the user's own data, which are not in the catalogue.
OWN = "arrays"


@dataclass(frozen=True)
class Entry:
    """The facts about a data set that are known before it is read.

    `train` and `test` count images; `files` maps each file to its sha256, or to its md5 if torchvision has only that.
    Those of `format` idx are in the folder `raw` of `folder`, others in `folder` itself, below `data.root`; the folder
    is empty if the images are in a Python package. `torchvision` is the class that downloads them, if it is not called
    as the folder, and `split` its argument of that name, if it has one. `classes` maps each label, in the order of
    their numbers, to its number of training images. `kind` is the kind of the samples, `shape` (C, H, W) the shape of
    one; `bytes` is true for bytes, false for floats. `factors` names the known factors of each image, if there are any.
    """

    train: int
    test: int
    files: dict[str, str]
    folder: str = ""
    classes: dict[str, int] = field(default_factory=dict)
    kind: Kind = "images"
    shape: tuple[int, int, int] = (1, 28, 28)
    bytes: bool = True
    factors: tuple[str, ...] = ()
    format: Literal["idx", "csv", "cifar", "usps", "emnist"] = "idx"
    torchvision: str = ""
    split: str = ""

    def available(self, labels: Sequence[Label | None] | None) -> int:
        """How many training images have one of `labels` (None: any); none for an unknown label."""
        names = [] if labels is None else [matching(label, list(self.classes)) for label in labels]
        return self.train if labels is None else sum(self.classes.get(name or "", 0) for name in names)

    @property
    def place(self) -> str:
        """The folder of the files below `data.root`."""
        return f"{self.folder}/raw" if self.format == "idx" else self.folder

    @property
    def checksum(self) -> str:
        """One sha256 for the data set, over those of its files."""
        return hashlib.sha256("".join(self.files.values()).encode()).hexdigest()


def _digits(*counts: int) -> dict[str, int]:
    return {str(label): count for label, count in enumerate(counts)}


#: The classes of EMNIST Balanced (Cohen et al. 2017): letters whose cases look alike are one class.
DIGITS_AND_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt"

CATALOGUE = {
    "mnist": Entry(
        train=60_000,
        test=10_000,
        folder="MNIST",
        classes=_digits(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
        files={
            "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
    ),
    "fashion_mnist": Entry(
        train=60_000,
        test=10_000,
        folder="FashionMNIST",
        classes=_digits(*[6000] * 10),
        files={
            "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        },
    ),
    "kmnist": Entry(
        train=60_000,
        test=10_000,
        folder="KMNIST",
        classes=dict.fromkeys(("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"), 6000),
        files={
            "train-images-idx3-ubyte.gz": "bdb82020997e1d708af4cf47b453dcf7",
            "train-labels-idx1-ubyte.gz": "e144d726b3acfaa3e44228e80efcd344",
            "t10k-images-idx3-ubyte.gz": "5c965bf0a639b31b8f53240b1b52f4d7",
            "t10k-labels-idx1-ubyte.gz": "7320c461ea6c1c855c0b718fb2a4b134",
        },
    ),
    "emnist": Entry(
        train=112_800,
        test=18_800,
        folder="EMNIST/raw",
        classes=dict.fromkeys(DIGITS_AND_LETTERS, 2400),
        format="emnist",
        torchvision="EMNIST",
        split="balanced",
        files={"gzip.zip": "58c8d27c78d21e728a6bc7b3cc06412e"},
    ),
    "cifar10": Entry(
        train=50_000,
        test=10_000,
        folder="cifar-10-batches-py",
        classes=dict.fromkeys(
            ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"), 5000
        ),
        shape=(3, 32, 32),
        format="cifar",
        torchvision="CIFAR10",
        files={
            "data_batch_1": "c99cafc152244af753f735de768cd75f",
            "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
            "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
            "data_batch_4": "634d18415352ddfa80567beed471001a",
            "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
            "test_batch": "40351d587109b95175f43aff81a1287e",
        },
    ),
    "usps": Entry(
        train=7_291,
        test=2_007,
        folder=".",
        classes=_digits(1194, 1005, 731, 658, 652, 556, 664, 645, 542, 644),
        shape=(1, 16, 16),
        format="usps",
        torchvision="USPS",
        files={
            "usps.bz2": "ec16c51db3855ca6c91edd34d0e9b197",
            "usps.t.bz2": "8ea070ee2aca1ac39742fdd1ef5ed118",
        },
    ),
    "mnist5k": Entry(
        train=4_500,
        test=500,
        classes=_digits(*[450] * 10),
        format="csv",
        files={"mnist_5k.csv.gz": "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"},
    ),
}
