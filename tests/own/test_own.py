"""Data of one's own: the numbers in any file, scaled on the training split; or one line that says why not."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

import narrows
from narrows.config.schema import Config
from narrows.data.sources import as_floats
from narrows.data.splits import Splits, splits_of
from narrows.errors import UserError
from narrows.evaluation.evaluate import evaluate
from narrows.run import run
from narrows.runs.record import Record
from support.configs import configure

CPU = ("trainer=cpu", "logger=none")
IRIS = load_iris(as_frame=True)
SUNSPOTS = "package:statsmodels/datasets/sunspots/sunspots.csv"
CHANGELOG = "package:lightning/pytorch/CHANGELOG.md"


def own(path: Path | str, *overrides: str) -> Config:
    return configure("data=arrays", f"data.path={path}", *CPU, *overrides)


def flowers() -> pd.DataFrame:
    """Iris, its species by name."""
    return IRIS.data.assign(species=[str(IRIS.target_names[number]) for number in IRIS.target])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    flowers().to_csv(tmp_path / "iris.csv", index=False)
    return tmp_path / "iris.csv"


def folder_of(digits, root: Path, count: int) -> Path:
    """Digits as PNGs, a folder for each label."""
    for number, (pixels, label) in enumerate(zip(digits.train.pixels[:count], digits.train.labels, strict=False)):
        (root / str(int(label))).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels[0].numpy()).save(root / str(int(label)) / f"{number}.png")
    return root


def everything(splits: Splits) -> torch.Tensor:
    return torch.cat([part.pixels for part in splits])


def sorted_rows(values: np.ndarray) -> np.ndarray:
    rows = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
    return rows[np.lexsort(rows.T)]


# --- what is read is what is there


WRITE = {
    "comma.csv": lambda frame, path: frame.to_csv(path, index=False),
    "semicolon.csv": lambda frame, path: frame.to_csv(path, index=False, sep=";"),
    "indexed.csv": lambda frame, path: frame.to_csv(path),
    "packed.csv.gz": lambda frame, path: frame.to_csv(path, index=False),
    "tabs.tsv": lambda frame, path: frame.to_csv(path, index=False, sep="\t"),
    "table.parquet": lambda frame, path: frame.to_parquet(path),
}


@pytest.mark.parametrize("name", WRITE)
def test_a_table_is_read_whatever_its_format(tmp_path, name):
    WRITE[name](flowers(), tmp_path / name)
    data = own(tmp_path / name, "data.label=species").data
    splits = splits_of(data)
    assert [len(part) for part in splits] == [108, 12, 30]
    preparation = splits.train.preparation
    assert preparation.columns == list(IRIS.data.columns)
    assert preparation.classes == ["setosa", "versicolor", "virginica"]
    found = preparation.undo(everything(splits))
    np.testing.assert_allclose(sorted_rows(found.numpy()), sorted_rows(IRIS.data.to_numpy()), atol=1e-5)


def test_a_table_without_names_is_told_from_one_with(tmp_path):
    (tmp_path / "wine.csv").write_text("\n".join(",".join(map(str, row)) for row in load_wine().data))
    splits = splits_of(own(tmp_path / "wine.csv").data)
    assert sum(map(len, splits)) == 178
    assert splits.train.preparation.columns == [str(number) for number in range(13)]


def test_labels_stay_with_their_rows(table):
    splits = splits_of(own(table, "data.label=species").data)
    preparation = splits.train.preparation
    labels = {tuple(row): name for *row, name in flowers().round(4).itertuples(index=False)}
    for part in splits:
        rows = preparation.undo(part.pixels).flatten(1).numpy().round(4)
        found = [preparation.classes[number] for number in part.labels]
        assert found == [labels[tuple(float(f"{value:.4f}") for value in row)] for row in rows]


def test_a_folder_of_images_is_its_pixels(digits, tmp_path):
    data = own(folder_of(digits, tmp_path / "png", 200)).data
    splits = splits_of(data)
    assert everything(splits).dtype == torch.uint8
    assert (data.scaled, data.entry.classes.keys()) == ("pixels", {str(digit) for digit in range(10)})
    np.testing.assert_array_equal(sorted_rows(everything(splits)), sorted_rows(digits.train.pixels[:200]))
    assert torch.equal(as_floats(splits.test.pixels), splits.test.pixels.float() / 255)


def test_images_of_any_size_and_colour(tmp_path):
    photo = Image.open(Path(pytest.importorskip("sklearn").__file__).parent / "datasets/images/flower.jpg")
    for number in range(60):
        part = photo.crop((9 * number, 4 * number, 9 * number + 20, 4 * number + 12))
        (part.convert("L") if number == 7 else part).save(tmp_path / f"{number}.{'jpg' if number % 2 else 'png'}")
    (tmp_path / ".DS_Store").write_bytes(b"\0")
    splits = splits_of(own(tmp_path, "model=conv").data)
    assert everything(splits).shape == (60, 3, 12, 20)


@pytest.mark.parametrize("layout", ["(N, H, W)", "(N, C, H, W)", "(N, H, W, C)"])
def test_arrays_of_images_in_every_layout(digits, tmp_path, layout):
    pixels = digits.train.pixels[:100].numpy()
    turned = {"(N, H, W)": pixels[:, 0], "(N, C, H, W)": pixels, "(N, H, W, C)": np.moveaxis(pixels, 1, 3)}[layout]
    np.savez(tmp_path / "digits.npz", x=turned, y=digits.train.labels[:100].numpy())
    splits = splits_of(own(tmp_path / "digits.npz", "data.label=y").data)
    np.testing.assert_array_equal(sorted_rows(everything(splits)), sorted_rows(pixels))
    assert torch.cat([part.labels for part in splits]).bincount().tolist() == [10] * 10


def test_floats_stay_floats_and_bytes_bytes(digits, tmp_path):
    pixels = digits.train.pixels[:100].flatten(1).numpy()
    for values, kind in ((pixels, torch.uint8), (pixels / 255.0, torch.float32), (pixels.astype(int), torch.float32)):
        np.save(tmp_path / "x.npy", values)
        assert splits_of(own(tmp_path / "x.npy").data).train.pixels.dtype == kind


def test_a_series_is_cut_into_windows_that_do_not_overlap():
    splits = splits_of(own(SUNSPOTS, "data.columns=[SUNACTIVITY]", "data.window=10", "data.batch_size=8").data)
    windows = splits.train.preparation.undo(everything(splits)).reshape(-1, 10).numpy()
    path = Path(pytest.importorskip("statsmodels").__file__).parent / "datasets/sunspots/sunspots.csv"
    series = pd.read_csv(path)["SUNACTIVITY"].to_numpy()[:300]
    np.testing.assert_allclose(sorted_rows(windows), sorted_rows(series.reshape(30, 10)), atol=1e-4)


def test_columns_of_a_series_are_channels(table):
    config = own(
        table, f"data.columns={list(IRIS.data.columns[:2])}".replace("'", '"'), "data.window=5", "data.batch_size=8"
    )
    assert config.data.entry.shape == (2, 1, 5)


def test_a_sound_is_a_series(tmp_path):
    from scipy.io import wavfile

    activity = pd.read_csv(Path(pytest.importorskip("statsmodels").__file__).parent / "datasets/sunspots/sunspots.csv")
    wavfile.write(tmp_path / "sun.wav", 8000, (activity["SUNACTIVITY"].to_numpy() * 100).astype(np.int16))
    config = own(tmp_path / "sun.wav", "data.window=10", "data.batch_size=8")
    assert (config.data.entry.kind, config.data.entry.shape) == ("series", (1, 1, 10))


def test_texts_are_bags_of_the_words_of_the_training_texts(tmp_path):
    for number, text in enumerate(["bread and wine", "wine and wine", "bread and milk"] * 20):
        label = ("red", "white")[number % 2]
        (tmp_path / label).mkdir(exist_ok=True)
        (tmp_path / label / f"{number}.txt").write_text(text)
    splits = splits_of(own(tmp_path, "data.words=3").data)
    assert splits.train.preparation.columns == ["and", "bread", "wine"]
    assert splits.train.preparation.classes == ["red", "white"]
    log = 1 + np.log(2)
    one, two = np.array([1, 1, 1]) / 3**0.5, np.array([1, 0, log]) / (1 + log**2) ** 0.5
    rows = {tuple(row) for row in everything(splits).flatten(1).numpy().round(4).tolist()}
    assert rows == {tuple(row) for row in np.round([one, two, [0.5**0.5, 0.5**0.5, 0]], 4).astype(np.float32).tolist()}


def test_the_paragraphs_of_a_file_are_texts(tmp_path):
    (tmp_path / "some.txt").write_text("\n\n".join(f"word{number} is\nhere" for number in range(50)))
    assert sum(map(len, splits_of(own(tmp_path / "some.txt").data))) == 50


def test_headings_and_repeated_paragraphs_are_no_texts(tmp_path):
    parts = [f"- word{number} is here" for number in range(50)]
    headings = ["# Changes", "## [1.0] - 2020\n### Fixed", "Title\n=====", "----\nOver\n----"]
    (tmp_path / "some.md").write_text("\n\n".join([*headings, *parts, *headings, *parts]))
    splits = splits_of(own(tmp_path / "some.md").data)
    assert sum(map(len, splits)) == 50
    assert not {"changes", "fixed", "title", "over"} & set(splits.train.preparation.columns)


def test_paragraphs_without_one_of_the_words_are_left_out_of_every_split(tmp_path):
    parts = [f"wine number{number}" if number % 2 else f"milk number{number}" for number in range(100)]
    (tmp_path / "some.txt").write_text("\n\n".join(parts))
    data = own(tmp_path / "some.txt", "data.words=1", "data.batch_size=8").data
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


SHARED = {"own_table": (1273, 99), "own_images": (40, 0), "own_series": (137, 0), "own_texts": (70, 0)}


@pytest.mark.parametrize("study", SHARED)
def test_what_the_claim_says_of_rows_in_both_splits(study):
    splits = splits_of(configure(f"study=claims/{study}", "size=quick", "model.bottleneck=2", *CPU).data)
    known = {row.tobytes() for row in splits.train.pixels.numpy()}
    assert (len(splits.test), sum(row.tobytes() in known for row in splits.test.pixels.numpy())) == SHARED[study]


# --- splits and scales


def test_the_test_is_cut_by_a_permutation_that_never_changes(table):
    first, again = (splits_of(own(table, "data.label=species", *more).data) for more in ((), ("seed=7",)))
    assert torch.equal(first.test.labels, again.test.labels)
    assert torch.equal(first.test.labels, torch.from_numpy(np.random.RandomState(0).permutation(150)[120:] // 50))
    fewer = splits_of(own(table, "data.label=species", "data.train_size=40", "data.val_size=20").data)
    assert [len(part) for part in fewer] == [40, 20, 30]
    raw, raw_fewer = (one.train.preparation.undo(one.test.pixels) for one in (first, fewer))
    torch.testing.assert_close(raw, raw_fewer)


def test_standardised_on_the_training_split_alone(table):
    splits = splits_of(own(table, "data.label=species").data)
    train = splits.train.pixels.double().flatten(1)
    torch.testing.assert_close(train.mean(0), torch.zeros(4).double(), atol=1e-5, rtol=0)
    torch.testing.assert_close(train.std(0, correction=0), torch.ones(4).double(), atol=1e-5, rtol=0)
    assert splits.test.pixels.mean().abs() > 1e-3  # it was not asked


def test_range_is_from_0_to_1_on_the_training_split(table):
    splits = splits_of(own(table, "data.label=species", "data.scale=range", "model.output=sigmoid").data)
    rows = splits.train.pixels.flatten(1)
    assert rows.amin(0).tolist() == [0] * 4
    assert rows.amax(0).tolist() == pytest.approx([1] * 4)


def test_channels_of_images_are_scaled_as_a_whole(digits, tmp_path):
    np.save(tmp_path / "x.npy", digits.train.pixels[:100].numpy() / 255.0)
    splits = splits_of(own(tmp_path / "x.npy").data)
    assert splits.train.preparation.factor.shape == (1, 1, 1)
    assert splits.train.pixels.std(correction=0).item() == pytest.approx(1, abs=1e-4)


def test_a_column_that_does_not_vary_is_no_nan(tmp_path):
    IRIS.data.assign(same=5.5).to_csv(tmp_path / "x.csv", index=False)
    splits = splits_of(own(tmp_path / "x.csv").data)
    assert torch.isfinite(everything(splits)).all()
    assert splits.train.pixels[:, 0, 0, 4].abs().max() == 0


def test_chosen_classes_train_and_all_are_tested(table):
    splits = splits_of(own(table, "data.label=species", "data.classes=[setosa]", "data.val_size=5").data)
    assert [set(part.labels.tolist()) for part in splits] == [{0}, {0}, {0, 1, 2}]


def test_a_file_that_changed_is_read_again_and_makes_another_run(table):
    before = own(table, "data.label=species")
    first = before.fingerprint(before.data.entry.checksum)
    moved = table.rename(table.with_name("moved.csv"))
    same = own(moved, "data.label=species")
    assert same.fingerprint(same.data.entry.checksum) == first  # the same numbers elsewhere
    flowers().iloc[:-1].to_csv(moved, index=False)
    changed = Config.parse(same.model_dump())
    assert changed.fingerprint(changed.data.entry.checksum) != first


# --- the whole arrow


def made(digits, folder: Path, name: str) -> list[str]:
    """The overrides for a real data set of each kind, written into `folder` where no package ships it as it is."""
    if name == "csv":
        load_breast_cancer(as_frame=True).data.to_csv(folder / "cancer.csv", index=False)
        return [str(folder / "cancer.csv")]
    if name == "parquet":
        load_wine(as_frame=True).frame.to_parquet(folder / "wine.parquet")
        return [str(folder / "wine.parquet"), "data.label=target"]
    if name == "folder":
        return [str(folder_of(digits, folder / "png", 300))]
    if name == "npz":
        np.savez(folder / "x.npz", x=digits.train.pixels[:300, :, ::2, ::2].numpy() / 255.0)
        return [str(folder / "x.npz")]
    if name == "series":
        return [SUNSPOTS, "data.columns=[SUNACTIVITY]", "data.window=11", "data.batch_size=8"]
    return [CHANGELOG, "data.words=100"]


LINEAR = ("model=linear", "model.bottleneck=2", "model.init=orthogonal", "schedule=one_cycle", "optimizer.lr=0.01")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "parquet", "folder", "npz", "series", "texts"])
def test_a_linear_autoencoder_comes_to_pcas_error(digits, tmp_path, kind):
    path, *more = made(digits, tmp_path, kind)
    epochs = 200 if kind in ("csv", "folder", "texts") else 1000  # few images are few steps an epoch
    record = run(own(path, *LINEAR, "data.val_size=0", f"trainer.max_epochs={epochs}", *more), tmp_path / "run")
    assert record.metrics["test/mse"] == pytest.approx(record.metrics["pca/mse"], rel=0.03)
    assert ("test/psnr" in record.metrics) == (kind == "folder")  # decibels are of pixels
    assert (tmp_path / "run/reconstructions.png").stat().st_size > 0


@pytest.fixture
def flower_run(table, tmp_path) -> tuple[Config, Path, Record]:
    config = own(table, *LINEAR, "data.label=species", "trainer.max_epochs=30")
    return config, tmp_path / "run", run(config, tmp_path / "run")


def test_the_record_says_what_was_trained_on(flower_run):
    _, folder, record = flower_run
    assert record.data.model_dump(exclude={"checksum"}) == {
        "name": "iris.csv",
        "train": 108,
        "val": 12,
        "test": 30,
        "unit": "standardised numbers",
    }
    assert "standardised numbers" in record.summary()
    assert json.loads((folder / "record.json").read_text())["config"]["data"]["label"] == "species"


def test_pca_is_in_the_same_units(flower_run):
    config, _, record = flower_run
    splits = splits_of(config.data)
    rows = splits.train.pixels.flatten(1).double()
    rest = torch.linalg.svd(rows - rows.mean(0), full_matrices=False).Vh[2:]
    test = splits.test.pixels.flatten(1).double() - rows.mean(0)
    assert record.metrics["pca/mse"] == pytest.approx((test @ rest.T).square().sum().item() / 120, rel=1e-5)


def test_an_interrupted_run_goes_on_and_another_file_does_not(flower_run, table):
    config, folder, _ = flower_run
    longer = ("trainer.max_epochs=31", "run.resume=true", "data.label=species", "schedule=constant")
    with pytest.raises(UserError, match=r"schedule\.name"):
        run(own(table, *LINEAR, *longer), folder)
    flowers().iloc[1:].to_csv(table, index=False)
    changed = Config.parse(config.model_dump() | {"run": {"resume": True}})
    with pytest.raises(UserError, match="checksum"):
        run(changed, folder)


def test_a_checkpoint_scales_other_rows_as_its_own(flower_run, tmp_path):
    config, folder, record = flower_run
    best, splits = folder / "best.ckpt", splits_of(config.data)
    raw = splits.train.preparation.undo(splits.test.pixels).flatten(1).numpy()
    shuffled = pd.DataFrame(raw, columns=list(IRIS.data.columns)).iloc[:, ::-1].assign(note="no number, not asked for")
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
    with pytest.raises(UserError, match="no longer what the checkpoint was trained on"):
        evaluate(folder / "best.ckpt", "arrays", "", 1, ["reconstruction"])


def test_rows_without_labels_are_evaluated_where_none_are_compared(flower_run, tmp_path):
    IRIS.data.to_csv(tmp_path / "new.csv", index=False)
    path, file = flower_run[1] / "best.ckpt", str(tmp_path / "new.csv")
    assert evaluate(path, "arrays", "", 1, ["reconstruction"], file)["test/mse"] > 0
    with pytest.raises(UserError, match="has no column species"):
        evaluate(path, "arrays", "", 1, ["probe"], file)


def test_words_of_other_texts_are_counted_as_in_training(tmp_path):
    run(own(CHANGELOG, "data.words=50", "model=linear", "trainer.max_epochs=1"), tmp_path / "run")
    (tmp_path / "new.txt").write_text("added the trainer and the trainer\n\nwords that nobody trained on: zebra")
    images = narrows.read(tmp_path / "run/best.ckpt", tmp_path / "new.txt")
    assert images.shape == (2, 1, 1, 50)
    assert images[0].square().sum().item() == pytest.approx(1)


def test_a_variational_code_on_windows_by_convolutions(tmp_path):
    more = ("data.columns=[SUNACTIVITY]", "data.window=10", "data.batch_size=8", "model=conv", "code=variational")
    record = run(own(SUNSPOTS, *more, "model.output=linear", "trainer.max_epochs=1", "logger=tensorboard"), tmp_path)
    assert record.status == "done"
    assert "test/nelbo" in record.metrics


def test_a_sweep_over_files_of_ones_own_has_a_report(command, tmp_path, table):
    arguments = ["-m", "data=arrays", f"data.path={table}", "data.label=species", "model=linear", "seed=0,1", *CPU]
    arguments += ["trainer.max_epochs=1", f"hydra.sweep.dir={tmp_path}/sweep"]
    assert command("train.py", *arguments).status == 0
    page = (tmp_path / "sweep/report/report.html").read_text()
    assert "standardised numbers" in page and "pixels in [0, 1]" not in page
    assert "2 done already" in command("train.py", *arguments).out


EVALUATIONS = {
    "denoising": "are for pixels|of images of pixels",
    "probe": "there are no labels for",
}


@pytest.mark.parametrize("name", EVALUATIONS)
def test_evaluations_that_say_nothing_about_the_data_are_refused(flower_run, table, name):
    asked = f"evaluation=[reconstruction,{name}]"
    numbers = "data.columns=['sepal length (cm)','petal length (cm)']"
    with pytest.raises(UserError, match=EVALUATIONS[name]):
        own(table, asked, numbers)
    if name == "denoising":
        with pytest.raises(UserError, match=EVALUATIONS[name]):
            evaluate(flower_run[1] / "best.ckpt", "arrays", "", 1, [name])


def test_codes_of_a_table_are_probed_by_its_labels(flower_run):
    found = evaluate(flower_run[1] / "best.ckpt", "arrays", "", 1, ["probe"])
    assert max(found.values()) > 0.6  # a third of the flowers are of each kind


# --- what is refused, in one line


def refused(path: Path | str, *overrides: str) -> str:
    with pytest.raises(UserError) as error:
        own(path, *overrides)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_mixed_columns_are_named(tmp_path):
    flowers().assign(day="2024-01-01").to_csv(tmp_path / "x.csv", index=False)
    assert "columns with words: species ('setosa' in row 1), day" in refused(tmp_path / "x.csv")
    assert "columns with words: day" in refused(tmp_path / "x.csv", "data.label=species")


def test_what_keeps_a_column_from_being_numbers_is_shown(tmp_path):
    (tmp_path / "x.csv").write_text("a;b\n1;2,5\n3;4\n")
    assert "b ('2,5' in row 1)" in refused(tmp_path / "x.csv")


def test_labels_that_no_array_holds_are_named(tmp_path):
    np.savez(tmp_path / "x.npz", x=np.zeros((9, 4, 4)), y=np.zeros(9))
    assert "data.label=labels: no array of x.npz, which holds x, y" in refused(tmp_path / "x.npz", "data.label=labels")


def test_missing_values_are_counted_by_column(tmp_path):
    gaps = IRIS.data.copy()
    gaps.iloc[[2, 5], 1] = np.nan
    gaps.to_csv(tmp_path / "x.csv", index=False)
    assert "missing values in sepal width (cm) (2)" in refused(tmp_path / "x.csv")
    np.save(tmp_path / "x.npy", gaps.to_numpy())
    assert "2 of its numbers are missing or infinite" in refused(tmp_path / "x.npy")
    flowers().assign(species=[None, *flowers().species[1:]]).to_csv(tmp_path / "y.csv", index=False)
    assert "data.label=species: 1 rows of y.csv have none" in refused(tmp_path / "y.csv", "data.label=species")


def test_images_of_unequal_size_are_named(digits, tmp_path):
    root = folder_of(digits, tmp_path / "png", 50)
    Image.fromarray(np.zeros((9, 12), np.uint8)).save(root / "3" / "odd.png")
    assert "3/odd.png: 12 × 9 pixels, others have 28 × 28" in refused(root)
    (root / "3" / "odd.png").write_bytes(b"no image")
    assert "3/odd.png: damaged or not an image" in refused(root)
    Image.fromarray(np.zeros((28, 28, 4), np.uint8), "RGBA").save(root / "3" / "odd.png")
    assert "transparent" in refused(root)
    Image.fromarray(np.zeros((28, 28), np.uint16)).save(root / "3" / "odd.png")
    assert "8 bits a channel would do" in refused(root)
    (root / "3" / "odd.png").rename(root / "odd.png")
    assert "odd.png lies beside subfolders" in refused(root)


FILES = {
    "nothing.csv": (None, "no such file or folder"),
    "x.xlsx": (b"PK", r"choose a folder or a file of \.csv"),
    "empty.csv": (b"", "is empty"),
    "header.csv": (b"a,b\n", "has no rows"),
    "ragged.csv": (b"a,b\n1,2,3\n4,5,6\n", "rows have from 2 to 3 fields"),
    "latin.csv": ("a,ü\n1,2\n".encode("latin1"), "cannot be read"),
    "one.csv": (b"a\n1\n2\n3\n", "one number a row; data.window"),
    "broken.npy": (b"abc", "cannot be read"),
    "broken.npz": (b"abc", "cannot be read"),
    "broken.parquet": (b"abc", "cannot be read"),
    "broken.wav": (b"abc", "cannot be read"),
    "latin.txt": ("ü".encode("latin1"), "not text in UTF-8"),
    "wordless.txt": (b"? !\n\n. ,", "empty vocabulary"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_data_is_refused(tmp_path, name):
    content, why = FILES[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    message = refused(tmp_path / name)
    assert re.search(why, message)
    assert name in message


def test_folders_without_data_are_refused(tmp_path):
    assert "no files of .png" in refused(tmp_path)
    (tmp_path / "a.txt").write_text("words")
    Image.fromarray(np.zeros((9, 12), np.uint8)).save(tmp_path / "b.png")
    assert "holds images and texts: b.png, a.txt" in refused(tmp_path)


def test_arrays_that_are_not_told_apart_are_listed(tmp_path):
    np.savez(tmp_path / "x.npz", one=np.ones((50, 3)), other=np.ones((50, 4)), y=np.arange(9))
    assert "holds one (50, 3), other (50, 4), y (9,); name the one" in refused(tmp_path / "x.npz")
    assert own(tmp_path / "x.npz", "data.columns=[other]").data.entry.shape == (1, 1, 4)
    assert "labels of shape (9,) for 50 rows" in refused(tmp_path / "x.npz", "data.columns=[one]", "data.label=y")
    np.save(tmp_path / "words.npy", np.array(["a", "b"]))
    assert "not numbers" in refused(tmp_path / "words.npy")


CHOICES = {
    "no label": (["data.classes=[setosa]", "data.columns=['sepal length (cm)','sepal width (cm)']"], "has no labels"),
    "unknown label": (["data.label=species", "data.classes=[rose]"], "choose from setosa, versicolor, virginica"),
    "unknown column": (["data.label=kind"], "has no column kind; it has sepal length"),
    "a window of labels": (["data.label=species", "data.window=3"], r"data\.window=3: cuts a series"),
    "too large a test": (["data.label=species", "data.test_size=150"], r"data\.test_size=150: iris\.csv holds 150"),
    "no test": (["data.label=species", "data.test_size=0"], r"data\.test_size=0"),
    "too much validation": (["data.label=species", "data.val_size=120"], "iris.csv has 120 training images"),
    "batches too large": (["data.label=species", "data.batch_size=109"], "the split has 108 images"),
    "a sigmoid": (["data.label=species", "model.output=sigmoid"], "model.output=linear gives any number"),
    "cross-entropy": (["data.label=species", "objective=bce"], "model.output=sigmoid makes them"),
    "convolutions": (["data.label=species", "model=conv"], "have no neighbours"),
    "salt and pepper": (["data.label=species", "corruption=salt_pepper"], "0 and 1 are not their least"),
    "floats as pixels": (["data.label=species", "data.scale=pixels"], "it holds floats"),
}


@pytest.mark.parametrize("choice", CHOICES)
def test_choices_that_do_not_go_together_are_refused(table, choice):
    overrides, why = CHOICES[choice]
    assert re.search(why, refused(table, *overrides))


@pytest.mark.parametrize("key", ["data.columns=[x]", "data.label=x", "data.window=3"])
def test_what_images_do_not_have_is_refused(digits, tmp_path, key):
    assert key.partition("=")[0] in refused(folder_of(digits, tmp_path / "png", 50), key)


def test_a_package_that_is_not_there_is_named():
    assert "no package nowhere is installed" in refused("package:nowhere/x.csv")


def test_a_path_is_asked_for(command):
    outcome = command("train.py", "data=arrays")
    assert (outcome.status, outcome.err.strip()) == (2, "error: data.path=… is missing")


@pytest.mark.parametrize(
    ("asked", "label", "why"),
    [
        ("probe", "null", "there are no labels for clusters, few_labels, generation, neighbours, probe"),
        ("denoising", "species", "compression, denoising, generation are for pixels"),
        ("foreign", "species", "foreign compares digits with clothes"),
    ],
)
def test_evaluations_of_what_is_not_there_are_refused_before_training(table, asked, label, why):
    overrides = ("model.output=linear", f"data.label={label}", f"evaluation=[reconstruction,{asked}]")
    if label == "null":
        pd.read_csv(table).drop(columns="species").to_csv(table, index=False)
    with pytest.raises(UserError, match=why):
        own(table, *overrides)


def test_features_of_own_data_are_probed(table, tmp_path):
    few = ("data.batch_size=16", "trainer.max_epochs=2", "evaluation=[reconstruction,probe,neighbours,clusters]")
    result = run(own(table, "model=linear", "data.label=species", "model.output=linear", *few), tmp_path / "run")
    assert result.metrics["test/probe_pixels"] > 0.8  # flowers are told apart by their four lengths
