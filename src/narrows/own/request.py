"""The options of reading a user's own file or folder. Imports nothing heavy, since every config is checked with it."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from narrows.errors import UserError

Kind = Literal["images", "series", "table", "texts"]
Label = int | str

PACKAGE = "package:"

#: Packages with data that an extra of pyproject.toml installs, by the name they are imported as.
EXTRAS = {"skimage": "claims", "heartpy": "claims"}


@dataclass(frozen=True)
class Request:
    """The options that decide which numbers are read.

    `columns` are the columns of a table or the array of an .npz file (None: all but the labels), `label` is the column
    or array of labels. `window` is the length of the windows that a series is cut into (None: it is not cut).
    `words` is the size of the vocabulary of texts, or the vocabulary itself. `test_size` is the number of test rows or,
    below 1, their share.
    """

    path: Path
    columns: tuple[Label, ...] | None
    label: Label | None
    window: int | None
    words: int | tuple[str, ...]
    test_size: float


def located(path: str) -> Path:
    """The file that `path` names; `package:NAME/FILE` is a file of an installed Python package.

    Raises UserError if the package is not installed.
    """
    if not path.startswith(PACKAGE):
        return Path(path).expanduser()
    name, _, file = path.removeprefix(PACKAGE).partition("/")
    spec = importlib.util.find_spec(name)  # does not import the package
    if not spec or not spec.submodule_search_locations:
        install = f"; pip install 'narrows[{EXTRAS[name]}]'" if name in EXTRAS else ""
        raise UserError(f"data.path={path}: no package {name} is installed{install}")
    return Path(spec.submodule_search_locations[0]) / file
