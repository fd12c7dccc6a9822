"""`narrows detect … watch=true`: files are scored once as they appear, also after a restart, until a signal."""

import os
import signal
import threading

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from narrows.detect import watched_folder
from narrows.run import run
from support.own_data import configure_own, flowers, write_digits


@pytest.fixture(scope="module")
def table_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flowers")
    flowers().drop(columns="species").to_csv(folder / "train.csv", index=False)
    run(configure_own(folder / "train.csv", "model=linear", "model.bottleneck=2", "data.val_size=0.3"), folder / "run")
    return folder / "run"


@pytest.fixture(scope="module")
def image_run(digits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    write_digits(digits, folder / "train", 200)
    run(configure_own(folder / "train", "model.widths=[16]", "trainer.max_epochs=1"), folder / "run")
    return folder / "run"


@pytest.fixture
def watch(command, monkeypatch, tmp_path):
    """Watches the folder tmp_path/in; between two looks the next of the steps happens, and Ctrl-C after the last."""
    (tmp_path / "in").mkdir()

    def call(checkpoint, *steps, number=signal.SIGINT):
        rest = iter([*steps, *[lambda: None] * 3])

        def sleep(seconds: float) -> None:
            assert seconds == 1
            if step := next(rest, None):
                step()
            else:
                os.kill(os.getpid(), number)
                threading.Event().wait(5)

        monkeypatch.setattr(watched_folder, "sleep", sleep)
        return command("detect", str(checkpoint), f"{tmp_path}/in", "watch=true", f"out={tmp_path}/out")

    return call


def rows_of(folder) -> pd.DataFrame:
    return pd.read_csv(folder / "out/scores.csv")


def writing(path, rows: pd.DataFrame):
    return lambda: rows.to_csv(path, index=False)


def test_tables_are_scored_as_they_appear_and_ctrl_c_ends_with_130(watch, table_run, tmp_path):
    normal = flowers().drop(columns="species")
    odd = normal[50:53].copy()
    odd.iloc[1, 3] = 40.0
    steps = [writing(tmp_path / "in/a.csv", normal[:2]), lambda: None, writing(tmp_path / "in/b.csv", odd)]
    outcome = watch(table_run, *steps)
    assert (outcome.status, outcome.err) == (130, "")
    table = rows_of(tmp_path)
    assert list(table["file"]) == ["a.csv"] * 2 + ["b.csv"] * 3
    assert list(table["row"]) == [1, 2, 1, 2, 3]
    assert (table["anomaly"].iloc[3], table["name_1"].iloc[3]) == (1, "petal width (cm)")
    assert "b.csv: row 2 has a score of " in outcome.out
    assert "\nfiles scored: 2; anomalies: " in outcome.out


def test_files_that_were_scored_are_not_scored_again_after_a_restart(watch, table_run, tmp_path):
    rows = flowers().drop(columns="species")
    watch(table_run, writing(tmp_path / "in/=a.csv", rows[:3]))  # a name that spreadsheets would evaluate
    before = (tmp_path / "out/scores.csv").read_bytes()
    again = watch(table_run, writing(tmp_path / "in/b.csv", rows[3:5]))
    after = (tmp_path / "out/scores.csv").read_bytes()
    assert after.startswith(before)
    assert after.count(b"\n") == 1 + 3 + 2
    assert "\nfiles scored: 1; " in again.out


def test_a_file_is_scored_when_it_is_no_longer_written(watch, table_run, tmp_path):
    rows = flowers().drop(columns="species")
    growing = [writing(tmp_path / "in/a.csv", rows[:count]) for count in (1, 2, 4)]
    watch(table_run, *growing)
    assert list(rows_of(tmp_path)["row"]) == [1, 2, 3, 4]


def test_a_row_that_was_cut_off_is_removed_and_its_file_scored_again(watch, table_run, tmp_path):
    rows = flowers().drop(columns="species")
    watch(table_run, writing(tmp_path / "in/a.csv", rows[:2]), writing(tmp_path / "in/b.csv", rows[2:5]))
    whole = (tmp_path / "out/scores.csv").read_text()
    (tmp_path / "out/scores.csv").write_text(whole[:-9])
    watch(table_run)
    assert (tmp_path / "out/scores.csv").read_text() == whole


def test_a_bad_file_is_named_in_one_line_and_the_others_are_scored(watch, table_run, tmp_path):
    rows = flowers().drop(columns="species")
    bad = rows[:2].drop(columns="petal width (cm)")
    outcome = watch(table_run, writing(tmp_path / "in/a.csv", bad), writing(tmp_path / "in/b.csv", rows[:2]))
    (line,) = outcome.err.splitlines()
    assert line.startswith(f"error: data.path={tmp_path}/in/a.csv: has no column petal width (cm)")
    assert line.endswith("; a.csv is left out until it changes")
    assert set(rows_of(tmp_path)["file"]) == {"b.csv"}


def test_images_are_scored_one_by_one_and_sigterm_ends_with_143(watch, image_run, digits, tmp_path):
    images = digits.test.pixels[:3, 0].numpy().copy()
    images[1, :12, :12] = 255

    def save(number: int, name: str):
        return lambda: Image.fromarray(images[number]).save(tmp_path / "in" / name)

    def text():
        (tmp_path / "in/notes.txt").write_text("no image")
        (tmp_path / "in/broken.png").write_bytes(b"no image")

    outcome = watch(image_run, save(0, "a.png"), save(1, "b.png"), text, number=signal.SIGTERM)
    assert outcome.status == 143
    assert outcome.err == (
        f"error: data.path={tmp_path}/in/broken.png: damaged or not an image; broken.png is left out until it changes\n"
    )
    table = rows_of(tmp_path).set_index("file")
    assert list(table.index) == ["a.png", "b.png"]
    assert table.loc["b.png", "anomaly"] == 1
    assert table.loc["b.png", "name_1"].startswith("pixel (")


def test_scores_of_a_folder_do_not_depend_on_watching_it(watch, command, image_run, digits, tmp_path):
    for number in range(4):
        Image.fromarray(digits.test.pixels[number, 0].numpy()).save(tmp_path / "in" / f"{number}.png")
    watch(image_run)
    outcome = command("detect", str(image_run), f"{tmp_path}/in", f"out={tmp_path}/whole")
    assert outcome.status == 0, outcome.err
    whole = pd.read_csv(tmp_path / "whole/scores.csv")
    np.testing.assert_allclose(rows_of(tmp_path)["score"], whole["score"], rtol=1e-10)


def test_the_table_of_scores_is_not_scored_in_a_folder_that_it_lies_in(watch, table_run, tmp_path):
    (tmp_path / "out").symlink_to(tmp_path / "in")
    outcome = watch(table_run, writing(tmp_path / "in/a.csv", flowers().drop(columns="species")[:2]))
    assert (outcome.status, outcome.err) == (130, "")
    assert set(rows_of(tmp_path)["file"]) == {"a.csv"}


def test_a_table_of_something_else_is_not_appended_to(watch, table_run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/scores.csv").write_text("a,b\n1,2\n")
    outcome = watch(table_run)
    assert outcome.status == 2
    assert outcome.line == (
        f"error: {tmp_path}/out/scores.csv: is not the table of this folder (file, row, score, …); name another out="
    )
