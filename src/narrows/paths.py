"""The default folders of configs and data, and a check that a folder can be written."""

import os
import tempfile
from pathlib import Path

from narrows.errors import UserError

PACKAGE = Path(__file__).resolve().parent


def checkout() -> Path | None:
    """The checkout that this package is imported from; None for one installed from a wheel, which contains conf/."""
    return None if (PACKAGE / "conf").is_dir() else PACKAGE.parents[1]


def conf_folder() -> Path:
    """The folder of the YAML files: conf/ in the checkout, or the copy of it inside an installed wheel."""
    return (checkout() or PACKAGE) / "conf"


def data_root() -> str:
    """The folder of all data sets.

    NARROWS_DATA_DIR if it is set, else data/ in the checkout, or in the working folder when there is no checkout.
    """
    if folder := os.environ.get("NARROWS_DATA_DIR"):
        return str(expanded(folder, "NARROWS_DATA_DIR"))
    return default_data_root()


def default_data_root() -> str:
    """The folder of all data sets when the user names none. It need not exist: downloads create it."""
    return str((checkout() or Path.cwd()) / "data")


def expanded(path: str | Path, key: str) -> Path:
    """The path that a user gave for `key`, with `~` as the home folder. Raises UserError for a user who is unknown."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise UserError(f"{key}={path}: there is no home folder of {Path(path).parts[0]}") from None


_created: set[Path] = set()  # folders that this process created


def writable(folder: Path, key: str) -> None:
    """Create the folder that a user gave for `key`. Raises UserError if it cannot be written."""
    try:
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _created.add(folder.resolve())
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(f"{key}={folder}: cannot be written ({error.strerror})") from None
    except ValueError as error:  # a zero byte in the name
        raise UserError(f"{key}={str(folder)!r}: no name of a folder ({error})") from None


def remove_created(folder: Path) -> None:
    """Remove an empty folder if this process created it."""
    if folder.resolve() in _created:
        folder.rmdir()
