"""Which images a run trains, validates and is tested on."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.data.sources import Images
from narrows.data.splits import split
from narrows.run import run
from support.configs import tiny

TRAIN = 4500  # of mnist5k


def rows(images: Images) -> list[bytes]:
    return [row.tobytes() for row in images.pixels.flatten(1).numpy()]


def equal(one: Images, other: Images) -> bool:
    return torch.equal(one.pixels, other.pixels) and torch.equal(one.labels, other.labels)


@settings(max_examples=25)
@given(val_size=st.integers(0, TRAIN - 1), data=st.data())
def test_splits_are_disjoint_and_as_large_as_asked(digits, val_size, data):
    rest = TRAIN - val_size
    train_size = data.draw(st.none() | st.integers(1, rest))
    train, val, test = split(digits, val_size, train_size)
    assert (len(train), len(val), len(test)) == (train_size or rest, val_size, 500)
    images = rows(train) + rows(val) + rows(test)
    assert len(set(images)) == len(images)  # no image twice, in one split or in two
    assert set(rows(train) + rows(val)) <= set(rows(digits.train))


@settings(max_examples=25)
@given(val_size=st.integers(0, TRAIN - 2), data=st.data())
def test_fewer_training_images_are_the_first_of_more(digits, val_size, data):
    train_size = data.draw(st.integers(1, TRAIN - val_size))
    fewer, all_ = split(digits, val_size, train_size), split(digits, val_size)
    assert equal(fewer.train, all_.train[:train_size])
    assert equal(fewer.val, all_.val)
    assert equal(fewer.test, all_.test)


def test_nothing_held_out_trains_on_everything(digits):
    train, val, test = split(digits, 0)
    assert equal(train, digits.train)
    assert len(val) == 0
    assert equal(test, digits.test)


def test_chosen_classes_train_and_validate_while_all_are_tested(digits):
    some, everything = split(digits, 100, classes=[7, "3"]), split(digits, 0)
    chosen = torch.isin(everything.train.labels, torch.tensor([3, 7]))
    assert (len(some.train), len(some.val)) == (800, 100)
    assert rows(some.train) + rows(some.val) == [
        row for row, is_in in zip(rows(everything.train), chosen, strict=True) if is_in
    ]
    assert set(torch.cat([some.train.labels, some.val.labels]).tolist()) == {3, 7}
    assert equal(some.test, everything.test)
    assert equal(split(digits, 100, 50, [7, 3]).train, some.train[:50])


def test_mnist_is_split_as_promised(mnist):
    assert [len(part) for part in split(mnist, 5000)] == [55_000, 5_000, 10_000]
    assert [len(part) for part in split(mnist, 0)] == [60_000, 0, 10_000]


def test_splits_of_the_embedded_digits_are_stratified(digits):
    for part, each in zip(split(digits, 500), (400, 50, 50), strict=True):
        assert part.labels.bincount().tolist() == [each] * 10


def test_a_run_on_one_class_records_how_many_images_it_saw(tmp_path):
    sizes = ("data.train_size=null", "data.val_size=50", "trainer.max_epochs=1")
    config = tiny("data.classes=[3]", *sizes)
    record = run(config, tmp_path)
    assert (record.data.train, record.data.val, record.data.test) == (400, 50, 500)
    assert record.fingerprint != tiny("data.classes=[4]", *sizes).fingerprint(record.data.checksum)
    longer = run(tiny("data.classes=[3]", *sizes[:2], "trainer.max_epochs=2", "run.resume=true"), tmp_path)
    assert longer.epochs == 2
