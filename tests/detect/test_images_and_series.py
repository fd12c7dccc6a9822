"""`narrows detect` on images and series: the pixels and times that make an anomaly."""

import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import narrows
from narrows.run import run
from support.own_data import SUNSPOTS, configure_own, write_digits

BLOCK = slice(0, 10)  # rows and columns of a corner, where digits have little ink


def write_images(folder, images) -> None:
    folder.mkdir(parents=True)
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:03d}.png")


@pytest.fixture(scope="module")
def photos(digits, tmp_path_factory):
    """A run on PNGs, with labels by their folders, and other ones of which 007.png has a bright corner."""
    folder = tmp_path_factory.mktemp("photos")
    write_digits(digits, folder / "train", 400)
    new = digits.test.pixels[:40, 0].numpy().copy()
    new[7, BLOCK, BLOCK] = 255
    write_images(folder / "new", new)
    run(configure_own(folder / "train", "model.widths=[32]", "trainer.max_epochs=2"), folder / "run")
    return folder


def test_the_pixels_of_a_planted_spot_are_named(command, photos, tmp_path):
    outcome = command("detect", f"{photos}/run", f"{photos}/new", "false_alarms=0.05", f"out={tmp_path}/out")
    assert outcome.status == 0, outcome.err
    table = pd.read_csv(tmp_path / "out/scores.csv").set_index("file")
    worst = table.loc["007.png"]
    assert (worst["anomaly"], worst["value_1"], len(table)) == (1, 255, 40)
    pixels = {f"pixel ({row}, {column})" for row in range(1, 11) for column in range(1, 11)}
    assert {worst["name_1"], worst["name_2"], worst["name_3"]} <= pixels
    assert worst["reconstructed_1"] < 128  # the output is linear, so that it may lie below 0
    assert (tmp_path / "out/figures/anomalies.png").is_file()
    assert (tmp_path / "out/anomalies.html").read_text().count("data:image/png;base64,") == 2


def test_pixels_of_normalised_contrast_are_given_as_they_are_scaled(command, photos, tmp_path):
    knobs = ("model.widths=[32]", "trainer.max_epochs=2", "data.contrast=l1")
    run(configure_own(photos / "train", *knobs), tmp_path / "run")
    outcome = command("detect", f"{tmp_path}/run", f"{photos}/new", "false_alarms=0.5", f"out={tmp_path}/out")
    assert outcome.status == 0, outcome.err
    table = pd.read_csv(tmp_path / "out/scores.csv")
    anomalies = table[table["anomaly"] == 1]
    assert len(anomalies) > 5
    images = narrows.read(tmp_path / "run/best.ckpt", photos / "new").numpy()
    for number, row in anomalies.iterrows():
        place = [int(count) - 1 for count in re.findall(r"\d+", row["name_1"])]
        assert row["value_1"] == pytest.approx(images[number, 0, place[0], place[1]], abs=1e-4)


def test_the_times_of_a_planted_spike_are_named_by_the_rows_of_the_file(command, tmp_path):
    """Yearly sunspots: in row 130 of the new series there are far more than ever were."""
    series = read_sunspots()
    pd.DataFrame({"activity": series}).to_csv(tmp_path / "train.csv", index=False)
    series = series.copy()
    series[129] += 1500
    pd.DataFrame({"activity": series}).to_csv(tmp_path / "new.csv", index=False)
    knobs = ("data.window=11", "data.val_size=0.3", "model.widths=[16]", "data.batch_size=4")
    outcome = command("detect", f"{tmp_path}/train.csv", f"{tmp_path}/new.csv", *knobs, f"out={tmp_path}/out")
    assert outcome.status == 0, outcome.err
    table = pd.read_csv(tmp_path / "out/scores.csv").set_index("first_row")
    assert list(table.index[:3]) == [1, 12, 23]
    worst = table.loc[122]  # of windows of 11 rows the one with row 130
    assert (worst["anomaly"], worst["name_1"]) == (1, "row 130 of activity")
    assert worst["value_1"] == pytest.approx(series[129], rel=1e-4)
    assert "The most anomalous: the window from row 122 has a score of " in outcome.out


def read_sunspots() -> np.ndarray:
    from narrows.own.request import located

    return pd.read_csv(located(SUNSPOTS))["SUNACTIVITY"].to_numpy()


def test_a_folder_of_images_of_another_size_is_refused(command, photos, tmp_path):
    write_images(tmp_path / "large", np.zeros((2, 30, 30), dtype=np.uint8))
    outcome = command("detect", f"{photos}/run", f"{tmp_path}/large")
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1].startswith(
        f"error: path={tmp_path}/large: holds (1, 30, 30), the checkpoint was trained on "
    )
