"""Checkpoints of runs on the user's own data, and other files."""

import numpy as np
import pandas as pd
import pytest
import torch

import narrows
from narrows.data.splits import splits_of
from narrows.errors import UserError
from narrows.evaluation.evaluate import evaluate
from narrows.evaluation.support.external_data import read_as
from narrows.run import run
from narrows.runs.checkpoint import card
from support.own_data import (
    CHANGELOG,
    IRIS,
    configure_own,
    flowers,
    unscaled,
)


def test_a_checkpoint_scales_other_rows_as_its_own(flower_run, tmp_path):
    config, folder, record = flower_run
    best, splits = folder / "best.ckpt", splits_of(config.data)
    raw = unscaled(splits.train.preparation, splits.test.pixels).flatten(1).numpy()
    shuffled = pd.DataFrame(raw, columns=list(IRIS.data.columns)).iloc[:, ::-1].assign(note="no number, not chosen")
    shuffled.to_csv(tmp_path / "more.csv", index=False)
    images = narrows.read(best, tmp_path / "more.csv")  # without labels, columns by their names
    torch.testing.assert_close(images, splits.test.pixels, atol=1e-5, rtol=0)
    error = (narrows.load(best).reconstruct(images) - images).square().mean().item()
    assert error == pytest.approx(record.metrics["test/mse"], rel=1e-4)


def test_a_checkpoint_is_evaluated_on_its_test_split_and_on_another_file(flower_run, table, tmp_path):
    _, folder, record = flower_run
    again = evaluate(folder / "best.ckpt", "arrays", "", 1, ["reconstruction"])
    assert again["test/mse"] == pytest.approx(record.metrics["test/mse"], rel=1e-6)
    whole = evaluate(folder / "best.ckpt", "arrays", "", 1, ["reconstruction"], str(table))
    assert whole["test/mse"] == pytest.approx(
        (108 * record.metrics["train/mse"] + 12 * record.metrics["val/mse"] + 30 * record.metrics["test/mse"]) / 150,
        rel=1e-5,
    )
    flowers().iloc[1:].to_csv(table, index=False)
    with pytest.raises(UserError, match="has changed since the checkpoint was trained"):
        evaluate(folder / "best.ckpt", "arrays", "", 1, ["reconstruction"])


def test_rows_without_labels_are_evaluated_where_none_are_compared(flower_run, tmp_path):
    IRIS.data.to_csv(tmp_path / "new.csv", index=False)
    path, file = flower_run[1] / "best.ckpt", str(tmp_path / "new.csv")
    assert evaluate(path, "arrays", "", 1, ["reconstruction"], file)["test/mse"] > 0
    with pytest.raises(UserError, match="has no column species"):
        evaluate(path, "arrays", "", 1, ["probe"], file)


def test_words_of_other_texts_are_counted_as_in_training(tmp_path):
    run(configure_own(CHANGELOG, "data.words=50", "model=linear", "trainer.max_epochs=1"), tmp_path / "run")
    (tmp_path / "new.txt").write_text("added the trainer and the trainer\n\nwords that nobody trained on: zebra")
    images = narrows.read(tmp_path / "run/best.ckpt", tmp_path / "new.txt")
    assert images.shape == (2, 1, 1, 50)
    assert images[0].square().sum().item() == pytest.approx(1)


def test_codes_of_a_table_are_probed_by_its_labels(flower_run):
    metrics = evaluate(flower_run[1] / "best.ckpt", "arrays", "", 1, ["probe"])
    assert max(metrics.values()) > 0.6  # a third of the flowers are of each kind


def test_another_file_is_evaluated_where_the_training_file_is_gone(flower_run, table, tmp_path, monkeypatch):
    IRIS.data.to_csv(tmp_path / "new.csv", index=False)
    path, file = flower_run[1] / "best.ckpt", str(tmp_path / "new.csv")
    before = evaluate(path, "arrays", "", 1, ["reconstruction", "units", "smoothness"], file)
    table.unlink()
    assert evaluate(path, "arrays", "", 1, ["reconstruction", "units", "smoothness"], file) == before
    with pytest.raises(
        UserError, match=r"evaluation=memorisation: needs the data that were trained on as well; .*iris"
    ):
        evaluate(path, "arrays", "", 1, ["reconstruction", "memorisation"], file)


def test_numbers_are_no_pixels(tmp_path):
    pixels = np.random.RandomState(0).randint(0, 256, (60, 1, 8, 8))
    np.save(tmp_path / "bytes.npy", pixels.astype(np.uint8))
    np.save(tmp_path / "integers.npy", pixels)
    run(configure_own(tmp_path / "bytes.npy", "model=linear", "trainer.max_epochs=1"), tmp_path / "run")
    with pytest.raises(UserError, match="holds float32, the checkpoint was trained on bytes from 0 to 255"):
        narrows.read(tmp_path / "run/best.ckpt", tmp_path / "integers.npy")


def test_large_numbers_are_scaled_as_in_training(tmp_path):
    values = np.random.RandomState(0).normal(size=(60, 3)) * 1e39
    pd.DataFrame(values, columns=list("abc")).to_csv(tmp_path / "x.csv", index=False)
    config = configure_own(tmp_path / "x.csv", "model=linear", "trainer.max_epochs=1")
    run(config, tmp_path / "run")
    images, splits = narrows.read(tmp_path / "run/best.ckpt", tmp_path / "x.csv"), splits_of(config.data)
    order = np.random.RandomState(0).permutation(60)
    torch.testing.assert_close(images[order[-len(splits.test) :]], splits.test.pixels)


def trained(path, folder, *overrides):
    run(configure_own(path, "model=linear", "model.bottleneck=1", "trainer.max_epochs=1", *overrides), folder)
    return folder / "best.ckpt"


def test_few_rows_are_read_with_the_header_of_the_training_data(tmp_path):
    values = pd.DataFrame(np.random.RandomState(0).normal(size=(60, 3)).round(3))
    few = pd.DataFrame([[5, 6, 7], [1, 2, 4]])
    for header in (True, False):
        values.to_csv(tmp_path / f"header {header}.csv", index=False, header=header)
        few.to_csv(tmp_path / "few.csv", index=False, header=header)
        checkpoint = trained(f"'{tmp_path}/header {header}.csv'", tmp_path / f"run {header}")
        mean, deviation = (card(checkpoint)["preparation"][name].flatten() for name in ("shift", "factor"))
        expected = (torch.tensor(few.to_numpy(np.float32)) - mean) / deviation
        torch.testing.assert_close(narrows.read(checkpoint, tmp_path / "few.csv").flatten(1), expected)
    few.to_csv(tmp_path / "few.csv", index=False)
    with pytest.raises(UserError):
        values.to_csv(tmp_path / "more.csv", index=False, header=list("abc"))
        narrows.read(checkpoint, tmp_path / "more.csv")


def test_the_channels_of_a_series_are_found_by_name(tmp_path):
    values = pd.DataFrame(np.random.RandomState(0).normal(size=(600, 2)).cumsum(0), columns=["p", "q"])
    values.to_csv(tmp_path / "x.csv", index=False)
    values[["q", "p"]].rename_axis("").to_csv(tmp_path / "swapped.csv")
    values.set_axis(["p", "r"], axis=1).to_csv(tmp_path / "other.csv", index=False)
    checkpoint = trained(tmp_path / "x.csv", tmp_path / "run", "data.window=10")
    expected = narrows.read(checkpoint, tmp_path / "x.csv")
    torch.testing.assert_close(narrows.read(checkpoint, tmp_path / "swapped.csv"), expected)
    with pytest.raises(UserError, match="has no column q; it has p, r"):
        narrows.read(checkpoint, tmp_path / "other.csv")


def test_one_row_keeps_the_precision_of_the_training_data(tmp_path):
    frame = pd.DataFrame(np.random.RandomState(0).normal(size=(60, 3)), columns=list("abc"))
    frame["a"] += 1.7e9
    frame.to_csv(tmp_path / "x.csv", index=False)
    frame[7:8].to_csv(tmp_path / "one.csv", index=False)
    checkpoint = trained(tmp_path / "x.csv", tmp_path / "run")
    whole = narrows.read(checkpoint, tmp_path / "x.csv")
    torch.testing.assert_close(narrows.read(checkpoint, tmp_path / "one.csv"), whole[7:8])


def test_a_file_of_another_format_is_read_by_the_names_of_its_columns(flower_run, table, tmp_path):
    flowers().iloc[:, ::-1].to_parquet(tmp_path / "x.parquet")
    checkpoint = flower_run[1] / "best.ckpt"
    expected = narrows.read(checkpoint, table)
    torch.testing.assert_close(narrows.read(checkpoint, tmp_path / "x.parquet"), expected)


@pytest.mark.parametrize(
    ("trained_on", "labels"),
    [(["0.5", "1.0"], ["1", "1"]), (["1", "2"], ["1.0", "2.5"]), (["a", "1"], ["1", "2"]), (["001", "1"], ["1", "1"])],
)
def test_labels_are_those_of_training_however_their_numbers_are_written(tmp_path, trained_on, labels):
    frame = pd.DataFrame(np.random.RandomState(0).normal(size=(60, 2)), columns=["a", "b"])
    frame.assign(y=trained_on * 30).to_csv(tmp_path / "x.csv", index=False)
    frame[:2].assign(y=labels).to_csv(tmp_path / "new.csv", index=False)
    checkpoint = trained(tmp_path / "x.csv", tmp_path / "run", "data.label=y")
    classes = card(checkpoint)["preparation"]["classes"]
    numbers = read_as(card(checkpoint), str(tmp_path / "new.csv")).labels.tolist()
    same = [[name for name in classes if name in (label, f"{label}.0", label.removesuffix(".0"))] for label in labels]
    assert [[classes[number]] if number < len(classes) else [] for number in numbers] == same
