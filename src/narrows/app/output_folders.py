"""The folder of a run or a multirun: its name is checked, and a default name belongs to one process."""

import os
from itertools import count
from pathlib import Path
from typing import Literal

from omegaconf import DictConfig, OmegaConf, read_write

from narrows.errors import UserError

Kind = Literal["run", "sweep"]
LONGEST = 255  # bytes in a file's name, on all usual file systems


def folder_of(config: DictConfig, kind: Kind) -> Path:
    """The value of hydra.run.dir or hydra.sweep.dir. Raises UserError if it is no name of a folder."""
    name = config.hydra[kind].dir
    if not isinstance(name, str) or not name.strip():
        raise UserError(f"hydra.{kind}.dir={name or ''}: must be the name of a folder")
    try:
        str(Path.cwd() / name).encode()
    except UnicodeEncodeError:
        path = os.fsencode(Path.cwd() / name)
        raise UserError(f"hydra.{kind}.dir: {path!r} is not UTF-8; choose a folder with another name") from None
    if any(len(part.encode()) > LONGEST for part in Path(name).parts):
        raise UserError(f"hydra.{kind}.dir={name}: a name has at most {LONGEST} bytes")
    return Path(name)


def unused(config: DictConfig, kind: Kind) -> None:
    """Give a folder that is named by the time another name, ending with -2 and so on, if it exists already.

    It is created here, so that two processes of the same second have a folder each.
    """
    pattern, folder = OmegaConf.to_container(config.hydra[kind], resolve=False), folder_of(config, kind)
    if "${now:" not in pattern["dir"] or config.get("name") is not None:  # type: ignore[call-overload,index] # a dict of strings
        return
    for number in count(1):
        name = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        try:
            name.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise UserError(f"hydra.{kind}.dir={name}: cannot be written ({error.strerror})") from None
        with read_write(config.hydra[kind]):
            config.hydra[kind].dir = str(name)
        return
