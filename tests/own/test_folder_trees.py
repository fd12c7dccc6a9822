"""Folders of any shape: their images and labels are what a viewer finds below them, by class folder."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from narrows.errors import UserError
from narrows.own.samples import read
from support.own_data import request

VISIBLE = ["0.png", "b c.PNG", "é.bmp", "photo.TIF", "x.y.webp", "2.gif"]
HIDDEN = ["._0.png", ".x.png"]
OTHERS = ["Thumbs.db", "notes.pdf", "LICENSE", "0.png~", "x.heic"]
CLASSES = ["a", "b c", "é", "10", "9", "Ω"]
BETWEEN = ["", "deeper", "deeper/still", ".hidden", "__MACOSX", ".ipynb_checkpoints"]


def picture(path: Path, level: int, form: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (3, 2), level).save(path, form, **({"lossless": True} if path.suffix == ".webp" else {}))


def is_data(path: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return not hidden and path.name in VISIBLE


@given(
    files=st.dictionaries(
        st.tuples(st.sampled_from(CLASSES), st.sampled_from(BETWEEN), st.sampled_from(VISIBLE + HIDDEN + OTHERS)),
        st.sampled_from(["file", "link"]),
        min_size=1,
        max_size=12,
    ),
    linked=st.sets(st.sampled_from(CLASSES)),
)
def test_the_images_of_a_folder_are_those_that_a_viewer_finds(files, linked):
    expected, levels = Counter[tuple[str, int]](), {}
    with TemporaryDirectory() as folder:
        root, elsewhere = Path(folder) / "root", Path(folder) / "elsewhere"
        root.mkdir()
        for number, ((name, between, file), kind) in enumerate(files.items()):
            inside = Path(between, file)
            base = (elsewhere if name in linked else root) / name
            target = Path(folder) / "single" / f"{number}.png" if kind == "link" else base / inside
            picture(target, number, "PNG" if kind == "link" or file in HIDDEN + OTHERS else None)
            if kind == "link":
                (base / inside).parent.mkdir(parents=True, exist_ok=True)
                (base / inside).symlink_to(target)
            if is_data(inside):
                expected[name, number] += 1
                levels[name] = True
        for name in linked & {name for name, _, _ in files}:
            (root / name).symlink_to(elsewhere / name, target_is_directory=True)
        if not expected:
            with pytest.raises(UserError, match="no files of"):
                read(request(root))
            return
        samples = read(request(root))
    grey = [int(np.median(image)) for image in samples.values]
    assert (
        Counter((samples.classes[label], level) for label, level in zip(samples.labels, grey, strict=True)) == expected
    )
    assert list(samples.classes) == sorted(levels)


def test_labels_of_nested_folders_are_noted(tmp_path):
    for number, name in enumerate(("train/cat", "train/dog", "test/cat", "test/dog")):
        picture(tmp_path / name / "0.png", number)
    samples = read(request(tmp_path))
    assert samples.classes == ("test", "train")
    assert samples.notes == ("the labels are the names of the outer folders: test, train",)


def test_copies_are_noted(tmp_path):
    for number in (0, 1, 1, 2):
        picture(tmp_path / f"{len(list(tmp_path.iterdir()))}.png", number)
    (note,) = read(request(tmp_path)).notes
    assert note == "1 images are copies of others, so that some may be in both the training and the test set"


def test_a_png_with_a_wrong_checksum_is_refused(tmp_path):
    for number in range(3):
        pixels = np.random.RandomState(number).randint(0, 256, (40, 40, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    content = bytearray((tmp_path / "1.png").read_bytes())
    content[2000] ^= 1
    (tmp_path / "1.png").write_bytes(content)
    with pytest.raises(UserError, match=r"1\.png: damaged or not an image"):
        read(request(tmp_path))


def test_colours_of_16_bits_are_read_with_8_and_noted(tmp_path):
    for number in range(3):
        values = (np.arange(36) * 1800 + number).astype(">u2")
        (tmp_path / f"{number}.ppm").write_bytes(b"P6 4 3 65535\n" + values.tobytes())
    samples = read(request(tmp_path))
    assert "colours of 16 bits are read with 8, as viewers show them" in samples.notes
    np.testing.assert_allclose(samples.values[0].transpose(1, 2, 0).ravel(), np.arange(36) * 1800 / 257, atol=1)


@pytest.mark.parametrize("heading", ["", "time value\n"])
def test_numbers_in_place_of_texts_are_refused(tmp_path, heading):
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(heading + "1.5 2\n3,4e5\n")
    with pytest.raises(UserError, match=r"a\.txt: holds numbers, not text"):
        read(request(tmp_path))
    with pytest.raises(UserError, match=r"b\.txt: holds numbers, not text"):
        read(request(tmp_path / "b.txt"))


def test_texts_in_utf_16_without_a_mark_are_refused(tmp_path):
    (tmp_path / "a.txt").write_bytes("hello world".encode("utf-16-le"))
    with pytest.raises(UserError, match=r"a\.txt: is not text in UTF-8"):
        read(request(tmp_path))
