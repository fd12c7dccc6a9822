"""Texts as counts of words."""

import numpy as np
import pytest

from narrows.data.splits import splits_of
from support.own_data import (
    configure_own,
    everything,
    refused,
)


def test_texts_are_bags_of_the_words_of_the_training_texts(tmp_path):
    for number, text in enumerate(["bread and wine", "wine and wine", "bread and milk"] * 20):
        label = ("red", "white")[number % 2]
        (tmp_path / label).mkdir(exist_ok=True)
        (tmp_path / label / f"{number}.txt").write_text(text)
    splits = splits_of(configure_own(tmp_path, "data.words=3").data)
    assert splits.train.preparation.columns == ["and", "bread", "wine"]
    assert splits.train.preparation.classes == ["red", "white"]
    log = 1 + np.log(2)
    bread_wine, wine_twice = np.array([1, 1, 1]) / 3**0.5, np.array([1, 0, log]) / (1 + log**2) ** 0.5
    rows = {tuple(row) for row in everything(splits).flatten(1).numpy().round(4).tolist()}
    assert rows == {
        tuple(row) for row in np.round([bread_wine, wine_twice, [0.5**0.5, 0.5**0.5, 0]], 4).astype(np.float32).tolist()
    }


def test_the_paragraphs_of_a_file_are_texts(tmp_path):
    (tmp_path / "some.txt").write_text("\n\n".join(f"word{number} is\nhere" for number in range(50)))
    assert sum(map(len, splits_of(configure_own(tmp_path / "some.txt").data))) == 50


def test_headings_and_repeated_paragraphs_are_no_texts(tmp_path):
    parts = [f"- word{number} is here" for number in range(50)]
    headings = ["# Changes", "## [1.0] - 2020\n### Fixed", "Title\n=====", "----\nOver\n----"]
    (tmp_path / "some.md").write_text("\n\n".join([*headings, *parts, *headings, *parts]))
    splits = splits_of(configure_own(tmp_path / "some.md").data)
    assert sum(map(len, splits)) == 50
    assert not {"changes", "fixed", "title", "over"} & set(splits.train.preparation.columns)


def test_paragraphs_without_one_of_the_words_are_left_out_of_every_split(tmp_path):
    parts = [f"wine number{number}" if number % 2 else f"milk number{number}" for number in range(100)]
    (tmp_path / "some.txt").write_text("\n\n".join(parts))
    data = configure_own(tmp_path / "some.txt", "data.words=1", "data.batch_size=8").data
    splits = splits_of(data)
    assert everything(splits).flatten(1).norm(dim=1).tolist() == pytest.approx([1] * sum(map(len, splits)))
    assert sum(map(len, splits)) == 50
    test = np.random.RandomState(0).permutation(100)[80:]
    parity = splits.train.preparation.columns == ["wine"]
    assert len(splits.test) == data.entry.test == (test % 2 == parity).sum()


def test_test_paragraphs_without_any_of_the_words_are_refused(tmp_path):
    order = np.random.RandomState(0).permutation(50)
    parts = [f"milk number{number}" if number in order[40:] else f"wine number{number}" for number in range(50)]
    (tmp_path / "some.txt").write_text("\n\n".join(parts))
    assert "no test paragraph of some.txt holds one of the words" in refused(tmp_path / "some.txt", "data.words=1")
