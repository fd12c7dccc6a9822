"""Data sets in other files than MNIST's: read as torchvision reads them, with torchvision's checksums."""

import bz2
import gzip
import hashlib
import pickle
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import numpy as np
import pytest
import torch
from torchvision.datasets import CIFAR10, EMNIST, KMNIST, USPS

from narrows.config.catalogue import CATALOGUE
from narrows.data.other_formats import cifar
from narrows.data.sources import load
from narrows.errors import UserError
from support.configs import configure

TRAIN, TEST = 20, 8  # images


def entry_for(name: str, files: dict[str, bytes]):
    """The catalogue's entry with these files."""
    sums = {file: hashlib.md5(content).hexdigest() for file, content in files.items()}
    return replace(CATALOGUE[name], train=TRAIN, test=TEST, files=sums)


def put(tmp_path, monkeypatch, name: str, files: dict[str, bytes]) -> str:
    monkeypatch.setitem(CATALOGUE, name, entry_for(name, files))
    folder = tmp_path / CATALOGUE[name].place
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        (folder / file).write_bytes(content)
    return str(tmp_path)


def same(images, pixels: np.ndarray, labels: list[int]) -> bool:
    return np.array_equal(images.pixels.numpy(), pixels) and images.labels.tolist() == labels


ORDER = np.random.RandomState(0).permutation(TRAIN)  # of training images


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)


def test_cifar_is_read_from_its_batches(tmp_path, monkeypatch, random):
    pixels, labels = random.integers(0, 256, (28, 3072), dtype=np.uint8), random.integers(0, 10, 28).tolist()
    cuts = [slice(start, start + 4) for start in range(0, 20, 4)] + [slice(20, 28)]
    names = CATALOGUE["cifar10"].files
    batches = [pickle.dumps({b"data": pixels[cut], b"labels": labels[cut]}, protocol=2) for cut in cuts]
    root = put(tmp_path, monkeypatch, "cifar10", dict(zip(names, batches, strict=True)))
    dataset, images = load.__wrapped__("cifar10", root), pixels.reshape(-1, 3, 32, 32)
    assert same(dataset.train, images[:20][ORDER], [labels[row] for row in ORDER])
    assert same(dataset.test, images[20:], labels[20:])


def test_a_pickle_that_calls_anything_else_is_refused():
    with pytest.raises(UserError, match=r"names posix\.system, which no file of CIFAR-10 does"):
        cifar([b"cposix\nsystem\n(S'true'\ntR."])


def test_usps_is_read_as_torchvision_reads_it(tmp_path, monkeypatch, random):
    numbers, labels = random.uniform(-1, 1, (28, 256)).round(3), random.integers(1, 11, 28)

    def packed(rows: slice) -> bytes:
        lines = [
            f"{label} " + " ".join(f"{place}:{value}" for place, value in enumerate(row, 1)) + " "
            for label, row in zip(labels[rows], numbers[rows], strict=True)
        ]
        return bz2.compress("\n".join(lines).encode())

    files = {"usps.bz2": packed(slice(20)), "usps.t.bz2": packed(slice(20, 28))}
    root = put(tmp_path, monkeypatch, "usps", files)
    dataset = load.__wrapped__("usps", root)
    theirs = [USPS(root, train) for train in (True, False)]
    assert same(dataset.train, theirs[0].data[ORDER][:, None], [theirs[0].targets[row] for row in ORDER])
    assert same(dataset.test, theirs[1].data[:, None], theirs[1].targets)


def test_kmnist_is_read_from_its_gzipped_files(tmp_path, monkeypatch, random):
    pixels, labels = random.integers(0, 256, (28, 28, 28), dtype=np.uint8), random.integers(0, 10, 28, dtype=np.uint8)
    parts = (bytes(16) + pixels[:20].tobytes(), bytes(8) + labels[:20].tobytes())
    parts += (bytes(16) + pixels[20:].tobytes(), bytes(8) + labels[20:].tobytes())
    files = dict(zip(CATALOGUE["kmnist"].files, map(gzip.compress, parts), strict=True))
    dataset = load.__wrapped__("kmnist", put(tmp_path, monkeypatch, "kmnist", files))
    assert same(dataset.train, pixels[:20][ORDER][:, None], labels[ORDER].tolist())
    assert same(dataset.test, pixels[20:][:, None], labels[20:].tolist())


def test_emnist_is_read_from_its_archive_as_torchvision_reads_it_but_upright(tmp_path, monkeypatch, random):
    pixels, labels = random.integers(0, 256, (28, 28, 28), dtype=np.uint8), random.integers(0, 47, 28, dtype=np.uint8)
    archive = BytesIO()
    with ZipFile(archive, "w") as files:
        for part, rows in {"train": slice(20), "test": slice(20, 28)}.items():
            images, numbers = idx(pixels[rows]), idx(labels[rows])
            files.writestr(f"gzip/emnist-balanced-{part}-images-idx3-ubyte.gz", gzip.compress(images))
            files.writestr(f"gzip/emnist-balanced-{part}-labels-idx1-ubyte.gz", gzip.compress(numbers))
    root = put(tmp_path, monkeypatch, "emnist", {"gzip.zip": archive.getvalue()})
    monkeypatch.setattr(EMNIST, "md5", CATALOGUE["emnist"].files["gzip.zip"])
    monkeypatch.setattr(EMNIST, "url", "http://localhost/gzip.zip")  # the file is there: nothing is fetched
    dataset = load.__wrapped__("emnist", root)
    theirs = [EMNIST(root, "balanced", train=train, download=True) for train in (True, False)]
    assert same(dataset.train, theirs[0].data.mT[ORDER][:, None].numpy(), theirs[0].targets[ORDER].tolist())
    assert same(dataset.test, theirs[1].data.mT[:, None].numpy(), theirs[1].targets.tolist())


def idx(numbers: np.ndarray) -> bytes:
    """An idx file of bytes."""
    return bytes([0, 0, 8, numbers.ndim]) + np.array(numbers.shape, ">i4").tobytes() + numbers.tobytes()


def test_a_changed_file_is_told_by_its_md5_and_moved_aside(tmp_path, monkeypatch):
    root = put(tmp_path, monkeypatch, "usps", {"usps.bz2": b"one", "usps.t.bz2": b"two"})
    (tmp_path / "usps.bz2").write_bytes(b"other")
    with pytest.raises(UserError, match=r"usps.bz2 is damaged or truncated \(its md5 is not .*moved aside"):
        load.__wrapped__("usps", root)


def test_the_checksums_are_torchvisions():
    assert CATALOGUE["kmnist"].files == dict(KMNIST.resources)
    assert CATALOGUE["cifar10"].files == dict(CIFAR10.train_list + CIFAR10.test_list)
    assert CATALOGUE["emnist"].files == {"gzip.zip": EMNIST.md5}
    assert list(CATALOGUE["emnist"].classes) == EMNIST.classes_split_dict["balanced"]
    assert CATALOGUE["usps"].files == {file: md5 for _, file, md5 in USPS.split_list.values()}


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_classes_of_a_data_set_add_up_to_its_training_images(name):
    entry = CATALOGUE[name]
    assert sum(entry.classes.values()) == entry.train


@pytest.mark.parametrize(
    ("name", "place"),
    [("cifar10", "data_batch_5, test_batch into {}/cifar-10-batches-py,"), ("usps", "usps.t.bz2 into {},")],
)
def test_missing_files_are_told_in_one_line_that_says_where_to_put_them(tmp_path, name, place):
    with pytest.raises(UserError, match="no source could be reached") as error:
        load.__wrapped__(name, str(tmp_path))
    assert place.format(tmp_path) in str(error.value) and "\n" not in str(error.value)


def test_a_residual_autoencoder_takes_images_of_three_channels():
    from narrows.build import build

    config = configure("data=cifar10", "model=residual_conv")
    images = torch.rand(2, 3, 32, 32)
    assert build(config.model, config.code, config.data.entry.shape).reconstruct(images).shape == images.shape
