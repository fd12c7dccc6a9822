"""The record: complete, true, and whole or not there."""

import json
import math
import os
import subprocess
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import narrows
from narrows.config.catalogue import CATALOGUE
from narrows.evaluation.baselines.pca import pca_mse
from narrows.runs import provenance, record
from narrows.runs.determinants import RESULTS
from narrows.runs.record import Record
from support.configs import REPOSITORY, tiny


@pytest.fixture
def content(trained) -> dict:
    """What lies on disk, read as anyone would."""
    return json.loads((trained.folder / "record.json").read_text())


def test_it_says_what_was_run(trained, content):
    assert content["status"] == "done"
    assert content["error"] is None
    assert content["config"] == trained.config.model_dump()
    assert content["seed"] == trained.config.seed
    assert content["fingerprint"] == trained.config.fingerprint(CATALOGUE["mnist5k"].checksum, RESULTS)
    assert content["results"] == RESULTS
    assert content["data"] == {
        "name": "mnist5k",
        "checksum": CATALOGUE["mnist5k"].checksum,
        "train": 512,
        "val": 500,
        "test": 500,
        "unit": "pixels in [0, 1]",
    }


def test_it_says_with_what(content):
    packages = ("torch", "torchvision", "lightning", "hydra-core", "tensorboard", "narrows")
    assert {name: version(name) for name in packages}.items() <= content["versions"].items()
    assert content["device"].startswith("cpu")
    sizes = [784, 128, 64, 12, 3, 12, 64, 128, 784]
    assert content["parameters"] == sum((a + 1) * b for a, b in pairwise(sizes))


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True)


def test_it_says_where_the_code_stood(content):
    if git(REPOSITORY, "rev-parse", "HEAD").returncode:  # a source archive, or no git
        assert content["git"] == {"commit": None, "dirty": None}
    else:  # not that it is HEAD: someone may have committed since
        assert git(REPOSITORY, "cat-file", "-t", content["git"]["commit"]).stdout.strip() == "commit"
        assert content["git"]["dirty"] in (True, False)


def test_it_has_the_metrics_that_were_promised(content):
    names = ["train/mse", "val/mse", "test/mse", "test/psnr", "test/sse", "pca/mse", "pca/mse_clipped"]
    assert all(0 < content["metrics"][name] < math.inf for name in names)


def test_its_metrics_are_what_they_are_called(content, splits, trained):
    images = splits.test.pixels.numpy() / 255
    rebuilt = narrows.load(trained.folder / "best.ckpt").reconstruct(splits.test.pixels.float() / 255).detach().numpy()
    errors = np.square(rebuilt - images).reshape(len(images), -1)
    metrics = content["metrics"]
    assert metrics["test/mse"] == pytest.approx(errors.mean(), rel=1e-5)
    assert metrics["test/sse"] == pytest.approx(errors.sum(1).mean(), rel=1e-5)
    assert metrics["test/psnr"] == pytest.approx((10 * np.log10(1 / errors.mean(1))).mean(), rel=1e-5)
    assert metrics["pca/mse"] == pytest.approx(pca_mse(splits.train.pixels, splits.test.pixels)[3], rel=1e-9)


def test_its_curves_have_one_number_an_epoch(content):
    assert content["epochs"] == 3
    measured = {"lr", "gradient_norm", "active_units", "seconds", "images_per_second"}
    assert content["curves"].keys() == {"train/loss", "val/loss"} | measured
    assert all(len(values) == 3 for values in content["curves"].values())
    assert content["seconds"] == pytest.approx(sum(content["curves"]["seconds"]))
    assert content["curves"]["images_per_second"] == pytest.approx([512 / s for s in content["curves"]["seconds"]])
    assert content["curves"]["lr"] == [1e-3] * 3
    assert content["best_epoch"] == 1 + content["curves"]["val/loss"].index(min(content["curves"]["val/loss"]))


def test_its_summary_is_one_line_with_both_errors(trained):
    summary = trained.record.summary()
    assert "\n" not in summary
    assert f"{trained.record.metrics['test/mse']:.5f}" in summary
    assert f"{trained.record.metrics['pca/mse']:.5f}" in summary


def blank(**changes) -> Record:
    return record.begin(tiny()).model_copy(update=changes)


BLANK = blank()
NUMBERS = st.floats(allow_nan=False)  # nan is not equal to itself: below


@given(
    metrics=st.dictionaries(st.text(), NUMBERS),
    curves=st.dictionaries(st.text(), st.lists(NUMBERS)),
    error=st.none() | st.text(),
    status=st.sampled_from(["done", "refused", "failed", "interrupted"]),
)
def test_what_is_written_is_read(tmp_path_factory, metrics, curves, error, status):
    folder = tmp_path_factory.mktemp("record")
    changes = {"metrics": metrics, "curves": curves, "error": error, "status": status}
    written = BLANK.model_copy(update=changes)
    assert record.write(written, folder) == folder / "record.json"
    assert record.read(folder) == written


def test_a_loss_that_is_nan_stays_nan(tmp_path):
    record.write(blank(metrics={"test/mse": math.nan}), tmp_path)
    assert math.isnan(record.read(tmp_path).metrics["test/mse"])


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_write_that_dies_halfway_leaves_the_record_before(tmp_path, monkeypatch, moment):
    record.write(blank(status="interrupted"), tmp_path)
    before = (tmp_path / "record.json").read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, moment, full)
        with pytest.raises(OSError, match="no space"):
            record.write(blank(status="done"), tmp_path)
    assert (tmp_path / "record.json").read_bytes() == before
    record.write(blank(status="done"), tmp_path)
    assert record.read(tmp_path).status == "done"


def test_no_record_is_none_and_a_damaged_one_an_error(tmp_path):
    assert record.read(tmp_path) is None
    (tmp_path / "record.json").write_text('{"status": "do')
    with pytest.raises(ValueError, match="Record"):
        record.read(tmp_path)


def test_code_outside_a_checkout_has_no_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "provenance.py"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert provenance.git.__wrapped__() == {"commit": None, "dirty": None}


def test_without_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.git.__wrapped__() == {"commit": None, "dirty": None}


def test_the_dirty_flag_is_true_where_a_file_of_the_program_differs(tmp_path, monkeypatch):
    identity = ("-c", "user.name=n", "-c", "user.email=e")
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "provenance.py"))
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, *identity, "commit", "-q", "--allow-empty", "-m", "one"], check=True)
    clean = provenance.git.__wrapped__()
    assert clean["commit"] == git(tmp_path, "rev-parse", "HEAD").stdout.strip()
    assert clean["dirty"] is False
    for folder in ("my_conf", "src"):
        assert provenance.git.__wrapped__() == clean
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "new.py").write_text("")
    assert provenance.git.__wrapped__() == {"commit": clean["commit"], "dirty": True}


def test_its_quantities_are_its_metrics_and_what_it_tells_about_the_run(trained):
    kept, numbers = trained.record, trained.record.quantities()
    assert kept.metrics.items() <= numbers.items()
    assert numbers["run/seconds"] == kept.seconds and numbers["run/parameters"] == kept.parameters
    assert (numbers["run/epochs"], numbers["run/best_epoch"]) == (kept.epochs, kept.best_epoch)
    assert numbers["run/active_units"] == kept.curves["active_units"][-1]


def test_a_record_of_an_earlier_version_has_the_same_quantities(trained):
    old = record.read(REPOSITORY / "tests" / "fixtures" / "version-0.1.0" / "small" / "bottleneck-3_seed-1")
    assert old.quantities().keys() >= {name for name in trained.record.quantities() if name.startswith("run/")}


def test_a_refused_run_has_no_best_epoch():
    assert "run/best_epoch" not in record.refuse({"seed": 0}, "no").quantities()


def test_a_refused_run_has_a_state_of_its_own(tmp_path):
    record.write(record.refuse({"seed": 0, "optimizer.lr": -1}, "optimizer.lr=-1: must be greater than 0"), tmp_path)
    assert (refused := record.read(tmp_path)).status == "refused"
    assert (refused.error, refused.seed, refused.fingerprint) == ("optimizer.lr=-1: must be greater than 0", 0, "")


@pytest.mark.parametrize(("fingerprint", "status"), [("", "refused"), ("f", "failed")])
def test_a_refused_run_of_version_0_1_0_is_read_as_one(tmp_path, fingerprint, status):
    """It was recorded as failed, without a fingerprint."""
    old = json.loads(blank(status="failed", error="why").model_dump_json()) | {"fingerprint": fingerprint}
    del old["evaluation_seconds"]
    (tmp_path / "record.json").write_text(json.dumps(old))
    assert record.read(tmp_path).status == status


def test_the_time_of_the_evaluations_is_recorded(content):
    assert 0 < content["evaluation_seconds"] < 60
