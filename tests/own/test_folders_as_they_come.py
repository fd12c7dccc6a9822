"""Folders as cameras, systems and people leave them: what is trained on is what a viewer shows, or it is refused."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from narrows.errors import UserError
from narrows.own.samples import Samples, checksum, read
from support.own_data import request

#: Modes that each format keeps.
FORMATS = {
    "png": ["1", "L", "LA", "P", "RGB", "RGBA"],
    "jpg": ["L", "RGB", "CMYK"],
    "bmp": ["1", "L", "P", "RGB"],
    "gif": ["L", "P"],
    "webp": ["RGB", "RGBA"],
    "tif": ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"],
}
ORIENTATION = 0x0112
COUNT = 5


def picture(mode: str, seed: int, opaque: bool) -> Image.Image:
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (6, 10, len(Image.new(mode, (1, 1)).getbands())), np.uint8)
    if "A" in mode and opaque:
        pixels[..., -1] = 255
    if mode == "P":
        return Image.fromarray(random.integers(0, 256, (6, 10, 3), np.uint8)).quantize(16)
    if mode == "1":
        return Image.fromarray(pixels[..., 0]).convert("1")
    return Image.fromarray(pixels.squeeze(), mode)


@given(
    kind=st.sampled_from([(form, mode) for form, modes in FORMATS.items() for mode in modes]),
    orientations=st.lists(st.sampled_from([None, 1, 2, 3, 4, 9]), min_size=COUNT, max_size=COUNT)
    | st.lists(st.sampled_from([5, 6, 7, 8]), min_size=COUNT, max_size=COUNT),
    opaque=st.booleans(),
    hole=st.sampled_from([None, "unused", "used"]),
    capitals=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_images_are_what_a_viewer_shows(kind, orientations, opaque, hole, capitals, seed):
    (form, mode), expected = kind, []
    with TemporaryDirectory() as folder:
        for number, orientation in enumerate(orientations):
            image, options = picture(mode, seed + number, opaque), {}
            if orientation and form in ("png", "jpg", "webp", "tif"):
                exif = Image.Exif()
                exif[ORIENTATION] = orientation
                options["exif"] = exif
            if mode == "P" and hole and form == "png":
                options["transparency"] = 255 if hole == "unused" else int(np.asarray(image)[0, 0])
            path = Path(folder) / f"{number}.{form.upper() if capitals else form}"
            image.save(path, lossless=True, **options) if form == "webp" else image.save(path, **options)
            with Image.open(path) as shown:
                upright = ImageOps.exif_transpose(shown)
                transparent = upright.has_transparency_data and np.asarray(upright.convert("RGBA"))[..., 3].min() < 255
                grey = upright.mode in ("1", "L", "LA")
                expected.append(None if transparent else np.asarray(upright.convert("L" if grey else "RGB")))
        if any(pixels is None for pixels in expected):
            with pytest.raises(UserError, match="is partly transparent"):
                read(request(Path(folder)))
            return
        samples = read(request(Path(folder)))
        turned = any(orientation in range(2, 9) for orientation in orientations) and form in (
            "png",
            "jpg",
            "webp",
            "tif",
        )
        assert (samples.checksum != checksum(Path(folder))) == turned
    stacked = np.stack([pixels if pixels.ndim == 3 else pixels[..., None] for pixels in expected])
    np.testing.assert_array_equal(samples.values, np.moveaxis(stacked, 3, 1))


def grey(path: Path, level: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 4), level).save(path, "png")


@pytest.fixture
def classes(tmp_path) -> Path:
    """Two classes of four images."""
    for number in range(8):
        grey(tmp_path / "photos" / "ab"[number % 2] / f"{number}.png", number)
    return tmp_path / "photos"


def levels(samples: Samples) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {name: [] for name in samples.classes}
    for values, label in zip(samples.values, samples.labels, strict=True):
        found[samples.classes[label]].append(int(values.max()))
    return found


WHOLE = {"a": [0, 2, 4, 6], "b": [1, 3, 5, 7]}
HIDDEN = [
    ".ipynb_checkpoints/0-checkpoint.png", "a/.ipynb_checkpoints/0-checkpoint.png", "a/._0.png", "__MACOSX/a/0.png",
    "a/@eaDir/0.png/SYNOPHOTO_THUMB_M.png", ".git/x.png", "b/.hidden/deeper/x.PNG", "$RECYCLE.BIN/x.png",
]  # fmt: skip


@pytest.mark.parametrize("hidden", HIDDEN)
def test_hidden_and_system_files_are_no_data(classes, hidden, capsys):
    before = checksum(classes)
    grey(classes / hidden, 99)
    assert levels(read(request(classes))) == WHOLE
    assert checksum(classes) == before
    assert "left out: 1 hidden images or texts" in capsys.readouterr().err


def test_a_hidden_folder_that_is_named_is_read(classes):
    assert levels(read(request(classes.rename(classes.with_name(".photos"))))) == WHOLE


def test_files_of_other_kinds_are_told_with_their_number(classes, capsys):
    for name in ("Thumbs.db", ".DS_Store", "a/x.pdf", "a/y.PDF", "b/z.heic", "b/LICENSE"):
        (classes / name).write_bytes(b"x")
    assert levels(read(request(classes))) == WHOLE
    assert "left out: 4 files of other kinds (.pdf: 2, .heic: 1, no suffix: 1)" in capsys.readouterr().err


def test_linked_files_and_class_folders_are_followed(classes, tmp_path):
    grey(tmp_path / "elsewhere" / "8.png", 8)
    grey(tmp_path / "single.png", 10)
    (classes / "c").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (classes / "a" / "linked.png").symlink_to(tmp_path / "single.png")
    assert levels(read(request(classes))) == {"a": [0, 2, 4, 6, 10], "b": [1, 3, 5, 7], "c": [8]}


@pytest.mark.parametrize(
    ("link", "target", "why"),
    [
        ("c", ".", "is the same folder as"),
        ("a/loop", "..", "is the same folder as"),
        ("c", "../..", "is the same folder as"),
        ("c", "a", "is the same folder as"),
        ("c", "nowhere", "leads to no file"),
        ("a/x.png", "nowhere.png", "leads to no file"),
    ],
)
def test_links_in_a_circle_and_to_nothing_are_refused(classes, link, target, why):
    (classes / link).symlink_to(target)
    with pytest.raises(UserError, match=f"{link}: {why}"):
        read(request(classes))


def test_a_hidden_link_to_the_folder_itself_is_not_followed(classes):
    (classes / ".loop").symlink_to(".")
    assert levels(read(request(classes))) == WHOLE


def test_what_is_no_picture_is_named(classes):
    frames = [Image.new("RGB", (4, 4), (level, 0, 0)) for level in (1, 200)]
    for name in ("a/x.gif", "a/x.tif", "a/x.webp", "a/x.png"):
        frames[0].save(classes / name, save_all=True, append_images=frames[1:])
        with pytest.raises(UserError, match=f"{name}: holds 2 pictures"):
            read(request(classes))
        (classes / name).unlink()
    (classes / "a" / "x.png").write_bytes((classes / "a" / "0.png").read_bytes()[:43])
    with pytest.raises(UserError, match=r"a/x\.png: damaged or not an image"):
        read(request(classes))


def test_a_class_folder_that_cannot_be_printed_is_refused(classes):
    grey(classes / "c\udcff" / "8.png", 8)
    with pytest.raises(UserError, match=r"the subfolder 'c\\udcff' cannot be printed"):
        read(request(classes))


@pytest.mark.parametrize("blank", ["", "  ", "\t", " \t ", "\u00a0"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lines_of_spaces_part_paragraphs(tmp_path, blank, end, encoding):
    parts = [f"word{number} is{end}here" for number in range(20)]
    (tmp_path / "x.md").write_bytes(f"{end}{blank}{end}".join(["# Title", *parts]).encode(encoding))
    samples = read(request(tmp_path / "x.md", words=50))
    assert len(samples.values) == 20
    assert "title" not in samples.columns
