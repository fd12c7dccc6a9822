"""Whether a run is done already, by its record. Imports no torch, so that it is answered at once."""

from pathlib import Path
from typing import Any

from narrows.config.identity import neutral_values
from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.runs import record
from narrows.runs.determinants import determinants
from narrows.runs.record import Record


def finished(config: Config, folder: Path) -> Record | None:
    """The record in the folder if it says that the run of `config` is done.

    A run that is done for fewer epochs or without some of its evaluations is not. Raises UserError if the record is of
    another run.
    """
    try:
        earlier = record.read(folder)
    except ValueError:  # damaged
        return None
    if earlier is None or earlier.status in ("failed", "refused"):
        return None
    refuse_differences(folder / record.NAME, earlier.determinants(), earlier.epochs, config)
    done = earlier.status == "done" and not earlier.unevaluated(config.evaluation)
    return earlier if done and earlier.determinants() == determinants(config) else None


def refuse_differences(path: Path, before: dict[str, Any], epochs: int, config: Config) -> None:
    """Raise UserError, naming what differs, unless the determinants `before` in the file are those of `config`.

    A run may be continued for more epochs than the `epochs` it has if its schedule does not depend on their number.
    """
    now, neutral = determinants(config), neutral_values(Config)
    longer = config.schedule.name in ("constant", "step") and config.trainer.max_epochs >= epochs
    for key in now | before:
        old, new = (values.get(key, neutral.get(key)) for values in (before, now))
        if old != new and not (key == "trainer.max_epochs" and longer):
            raise UserError(f"run.resume=true: {path} was trained with {key}={old}, not {new}")
