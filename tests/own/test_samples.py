"""Any file: cut into splits, read again when it changes, or rejected in one line."""

import re

import numpy as np
import pytest
import torch

from narrows.config.schema import Config
from narrows.data.splits import splits_of
from narrows.errors import UserError
from narrows.own import samples
from support.configs import configure
from support.own_data import (
    CPU,
    configure_own,
    flowers,
    refused,
    unscaled,
)

SHARED = {"own_table": (1273, 99), "own_images": (40, 0), "own_series": (137, 0), "own_texts": (70, 0)}


@pytest.mark.parametrize("study", SHARED)
def test_what_the_claim_says_of_rows_in_both_splits(study):
    splits = splits_of(configure(f"study=claims/{study}", "size=quick", "model.bottleneck=2", *CPU).data)
    known = {row.tobytes() for row in splits.train.pixels.numpy()}
    assert (len(splits.test), sum(row.tobytes() in known for row in splits.test.pixels.numpy())) == SHARED[study]


def test_the_test_is_cut_by_a_permutation_that_never_changes(table):
    first, again = (splits_of(configure_own(table, "data.label=species", *more).data) for more in ((), ("seed=7",)))
    assert torch.equal(first.test.labels, again.test.labels)
    assert torch.equal(first.test.labels, torch.from_numpy(np.random.RandomState(0).permutation(150)[120:] // 50))
    fewer = splits_of(configure_own(table, "data.label=species", "data.train_size=40", "data.val_size=20").data)
    assert [len(part) for part in fewer] == [40, 20, 30]
    raw, raw_fewer = (unscaled(splits.train.preparation, splits.test.pixels) for splits in (first, fewer))
    torch.testing.assert_close(raw, raw_fewer)


def test_chosen_classes_train_and_all_are_tested(table):
    splits = splits_of(configure_own(table, "data.label=species", "data.classes=[setosa]", "data.val_size=5").data)
    assert [set(part.labels.tolist()) for part in splits] == [{0}, {0}, {0, 1, 2}]


def test_a_file_that_changed_is_read_again_and_makes_another_run(table):
    before = configure_own(table, "data.label=species")
    first = before.fingerprint(before.data.entry.checksum)
    moved = table.rename(table.with_name("moved.csv"))
    same = configure_own(moved, "data.label=species")
    assert same.fingerprint(same.data.entry.checksum) == first  # the same numbers elsewhere
    flowers().iloc[:-1].to_csv(moved, index=False)
    changed = Config.parse(same.model_dump())
    assert changed.fingerprint(changed.data.entry.checksum) != first
    with pytest.raises(UserError, match="changed after its configuration was checked"):
        splits_of(same.data)


def test_a_config_reads_its_data_once(table, monkeypatch):
    readings = []
    monkeypatch.setattr(samples, "read", lambda request, read=samples.read: readings.append(request) or read(request))
    config = configure_own(table, "data.label=species")
    assert config.fingerprint(config.data.entry.checksum)
    assert len(readings) == 1


FILES = {
    "nothing.csv": (None, "no such file or folder"),
    "x.xlsx": (b"PK", r"choose a folder or a file of \.csv"),
    "empty.csv": (b"", "is empty"),
    "header.csv": (b"a,b\n", "has no rows"),
    "ragged.csv": (b"a,b\n1,2,3\n4,5,6\n", r"line 1 \(a,b\) does not have 3 fields like the others"),
    "latin.csv": ("a,ü\n1,2\n".encode("latin1"), "not text in UTF-8"),
    "one.csv": (b"a\n1\n2\n3\n", "one number per row; data.window"),
    "broken.npy": (b"abc", "cannot be read"),
    "broken.npz": (b"abc", "cannot be read"),
    "broken.parquet": (b"abc", "cannot be read"),
    "broken.wav": (b"abc", "cannot be read"),
    "latin.txt": ("ü".encode("latin1"), "not text in UTF-8"),
    "wordless.txt": (b"? !\n\n. ,", "holds no words of two letters or more"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_data_is_refused(tmp_path, name):
    content, why = FILES[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    message = refused(tmp_path / name)
    assert re.search(why, message)
    assert name in message


def test_a_package_that_is_not_there_is_named():
    assert "no package nowhere is installed" in refused("package:nowhere/x.csv")


def test_a_package_of_an_extra_is_named_with_the_extra(monkeypatch):
    monkeypatch.setattr("narrows.own.request.find_spec", lambda name: None)
    assert refused("package:heartpy/data/data.csv").endswith("pip install 'narrows[claims]'")


def test_a_missing_path_is_an_error(command):
    outcome = command("train", "data=arrays")
    assert (outcome.status, outcome.err.strip()) == (2, "error: data.path=… is missing")


@pytest.mark.parametrize(
    "package", ["package:stranger.data/x.csv", "package:stranger.data", "package:/x.csv", "package:"]
)
def test_no_module_is_imported_to_find_data(tmp_path, monkeypatch, package):
    """A path may come from a stranger's checkpoint, and a module of that name may lie in a notebook's folder."""
    (tmp_path / "stranger.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "is no top-level package" in refused(package)
    assert "no package stranger is installed" in refused("package:stranger/x.csv")


@pytest.mark.parametrize("file", ["../x.csv", "/etc/passwd", "data/../../x.csv"])
def test_a_file_outside_its_package_is_refused(file):
    assert "leads out of the package" in refused(f"package:mlxtend/{file}")


def test_paths_that_are_no_paths_are_refused(tmp_path):
    assert "is empty" in refused("")
    assert "File name too long" in refused(tmp_path / ("x" * 300 + ".csv"))
    assert "there is no home folder of ~nobody_of_this_name" in refused("'~nobody_of_this_name/x.csv'")


@pytest.mark.parametrize("name", ["x.npy.gz", "x.parquet.gz", "x.csv.zip", "x.csv.bz2", "x.tar.xz", "X.CSV.ZST"])
def test_packed_files_that_are_not_read_are_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x1f\x8b")
    assert re.search(r"choose a folder or a file of \.csv.*unpack it first", refused(tmp_path / name))


@pytest.mark.parametrize("name", ["x.csv", "x.npy", "x.parquet", "x.txt"])
def test_pointers_of_git_lfs_are_named(tmp_path, name):
    (tmp_path / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 12\n")
    assert "fetch it with `git lfs pull`" in refused(tmp_path / name)
