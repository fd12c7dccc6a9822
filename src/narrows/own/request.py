"""The options of reading a user's own file or folder. Imports nothing heavy, since every config is checked with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from narrows.errors import UserError
from narrows.paths import expanded

Kind = Literal["images", "series", "table", "texts"]
#: The name of a column or a class, as YAML reads it: `2019`, `True` and `1.5` are names as well.
Label = bool | int | float | str
Header = bool | Literal["auto"]

PACKAGE = "package:"

#: Packages with data that an extra of pyproject.toml installs, by the name they are imported as.
EXTRAS = {"skimage": "claims", "heartpy": "claims"}


@dataclass(frozen=True)
class Request:
    """The options that decide which numbers are read.

    `columns` are the columns of a table or the array of an .npz file (None: all but the labels), `label` is the column
    or array of labels. `window` is the length of the windows that a series is cut into (None: it is not cut).
    `words` is the size of the vocabulary of texts, or the vocabulary itself. `test_size` is the number of test rows or,
    below 1, their share. `header` says whether the first row of a table of text holds names; auto: the rows decide.
    `double` keeps the numbers in 64 bits, whether they need it or not.
    """

    path: Path
    columns: tuple[Label, ...] | None
    label: Label | None
    window: int | None
    words: int | tuple[str, ...]
    test_size: float
    header: Header = "auto"
    double: bool = False


def matching(label: Label | None, names: Sequence[str]) -> str | None:
    """The one of `names` that `label` stands for, None if there is none.

    It is the same text or else, if only one of the names is, the same but for capitals or the same number: YAML reads
    `true` as True, `NULL` as None and `1.50` as 1.5.
    """
    if (text := str(label)) in names:
        return text
    spellings = {"none", "null"} if label is None else {text.lower()}
    alike = [name for name in names if name.lower() in spellings or _same_number(label, name)]
    return alike[0] if len(alike) == 1 else None


def _same_number(label: Label | None, name: str) -> bool:
    if isinstance(label, bool) or not isinstance(label, int | float):
        return False
    try:
        return float(name) == label
    except ValueError:
        return False


def located(path: str) -> Path:
    """The file that `path` names; `package:NAME/FILE` is a file of an installed Python package.

    Nothing is imported: the path may come from a stranger's checkpoint, and finding a package within another one would
    run that one. Raises UserError if the package is not installed, or the file is not inside it.
    """
    if not path:
        raise UserError("data.path= is empty; name a file or folder")
    if not path.startswith(PACKAGE):
        return expanded(path, "data.path")
    name, _, file = path.removeprefix(PACKAGE).partition("/")
    if not name.isidentifier():
        raise UserError(f"data.path={path}: {name!r} is no top-level package; write package:NAME/FILE")
    if Path(file).is_absolute() or ".." in Path(file).parts:
        raise UserError(f"data.path={path}: leads out of the package; name a file inside it")
    folders = _folders(name)
    if not folders:
        install = f"; pip install 'narrows[{EXTRAS[name]}]'" if name in EXTRAS else ""
        raise UserError(f"data.path={path}: no package {name} is installed{install}")
    return next((folder / file for folder in folders if (folder / file).exists()), folders[0] / file)


def _folders(package: str) -> list[Path]:
    """The folders of a top-level package: several for a namespace package, none if it is not installed."""
    try:
        spec = find_spec(package)  # of a name without dots: imports nothing
    except ValueError:  # __main__, and modules made by hand
        return []
    return [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
