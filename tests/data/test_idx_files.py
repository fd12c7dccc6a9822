"""Idx files as they lie on disks: plain, gzipped, with a dot, unreadable; and read out of a stranger's archive."""

import gzip
import io
import tarfile
import time
from pathlib import Path

import pytest
import torch

from narrows.config.catalogue import CATALOGUE
from narrows.data import download as downloads
from narrows.data import patience
from narrows.data.download import download
from narrows.data.mnist_package import members
from narrows.data.patience import run_patiently
from narrows.data.sources import load
from narrows.errors import UserError

SPELLINGS = {
    "gzipped": lambda file: f"{file}.gz",
    "with a dot": lambda file: file.replace("-idx", ".idx"),
    "with a dot, gzipped": lambda file: file.replace("-idx", ".idx") + ".gz",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_files_as_the_servers_and_kaggle_deliver_them_are_read_at_once(few_mnist, tmp_path, spelling):
    folder = few_mnist.folder(tmp_path)
    folder.mkdir(parents=True)
    for file, content in few_mnist.files.items():
        path = folder / SPELLINGS[spelling](file)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    before = sorted(folder.iterdir())
    assert torch.equal(load("mnist", str(tmp_path)).test.pixels, few_mnist.test.pixels)
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("damage", [lambda packed: packed[:-9], lambda packed: b"<html>", lambda packed: b""])
def test_a_damaged_gzipped_file_is_moved_aside(few_mnist, tmp_path, damage):
    few_mnist.put(tmp_path)
    plain = few_mnist.folder(tmp_path) / "t10k-labels-idx1-ubyte"
    packed = plain.with_name(f"{plain.name}.gz")
    packed.write_bytes(damage(gzip.compress(plain.read_bytes())))
    plain.unlink()
    with pytest.raises(UserError, match=rf"{packed} is damaged or truncated .* moved aside to {packed.name}\.damaged"):
        load("mnist", str(tmp_path))


def test_a_file_that_cannot_be_read_is_named(few_mnist, tmp_path, monkeypatch):
    few_mnist.put(tmp_path)

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UserError, match=r"train-images-idx3-ubyte: cannot be read \(Permission denied\)"):
        load("mnist", str(tmp_path))


def test_a_tilde_is_the_home_folder(few_mnist, tmp_path, monkeypatch):
    few_mnist.put(tmp_path / "data")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert len(load("mnist", "~/data").test) == 20


# --- a hostile archive


def archive(path: Path, entries: dict[str, bytes | tarfile.TarInfo]) -> Path:
    with tarfile.open(path, "w:gz") as package:
        for name, content in entries.items():
            member = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            member.name = name
            if isinstance(content, bytes):
                member.size = len(content)
                package.addfile(member, io.BytesIO(content))
            else:
                package.addfile(member)
    return path


def link(kind: bytes, target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo()
    member.type, member.linkname = kind, target
    return member


def test_only_the_idx_files_are_read_out_of_a_strangers_archive(few_mnist, tmp_path):
    """By names and sizes, whatever links, folders and paths the archive holds."""
    good = {f"package/data/{file}": content for file, content in few_mnist.files.items()}
    hostile = {
        "../escaped": b"x",
        str(tmp_path / "absolute"): b"x",
        "package/data/../../../escaped": b"x",
        "package/data/evil": b"x",
        "package/data/link": link(tarfile.SYMTYPE, str(tmp_path)),
        "package/data/link/inside": b"x",
        "package/data": link(tarfile.SYMTYPE, str(tmp_path / "elsewhere")),
        "package/device": link(tarfile.CHRTYPE, ""),
    }
    before = set(tmp_path.rglob("*")) | {tmp_path / "x.tgz", tmp_path / "raw"}
    members(archive(tmp_path / "x.tgz", hostile | good), few_mnist.entry, tmp_path / "raw")
    assert set(tmp_path.rglob("*")) - before == {tmp_path / "raw" / file for file in few_mnist.files}
    assert all((tmp_path / "raw" / file).read_bytes() == content for file, content in few_mnist.files.items())


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_or_another_size_in_the_place_of_an_idx_file_is_left_out(few_mnist, tmp_path, kind):
    (tmp_path / "secret").write_bytes(b"secret")
    names = list(few_mnist.files)
    entries = {f"package/data/{names[0]}": link(kind, str(tmp_path / "secret")), f"package/data/{names[1]}": b"short"}
    members(archive(tmp_path / "x.tgz", entries), few_mnist.entry, tmp_path / "raw")
    assert list((tmp_path / "raw").iterdir()) == []


# --- sources that do not answer


def test_a_source_that_does_not_answer_is_given_up_and_leaves_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(patience, "SILENCE", 0.5)

    def silent(name: str, scratch: Path) -> Path:
        run_patiently(["sleep", "60"], scratch)
        return scratch

    monkeypatch.setattr(downloads, "_torchvision", silent)
    monkeypatch.setattr(downloads, "_npm", silent)
    began = time.monotonic()
    with pytest.raises(UserError, match="no source could be reached"):
        download("mnist", tmp_path / "new" / "data")
    assert time.monotonic() - began < 30
    assert "data=mnist: not from torchvision's servers (no answer within" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_slow_source_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(patience, "SILENCE", 1.0)
    run_patiently(["sh", "-c", f"for i in 1 2 3 4 5 6; do sleep 0.4; echo $i >> {tmp_path}/file; done"], tmp_path)
    assert (tmp_path / "file").read_text().split()[-1] == "6"


def test_the_last_line_of_a_failing_program_is_the_reason(tmp_path):
    with pytest.raises(OSError, match=r"^not found$"):
        run_patiently(["sh", "-c", "echo looking; echo not found >&2; exit 3"], tmp_path)


def test_sizes_are_those_of_the_files():
    from narrows.data.mnist_package import size

    sizes = [size(file, CATALOGUE["mnist"]) for file in CATALOGUE["mnist"].files]
    assert sizes == [47_040_016, 60_008, 7_840_016, 10_008]
