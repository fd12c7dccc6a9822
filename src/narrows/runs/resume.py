"""Whether the checkpoints in a folder belong to the run that is to be continued."""

from pathlib import Path
from typing import Any

from narrows.config.identity import neutral_values
from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.runs import checkpoint
from narrows.runs.determinants import FIRST_RESULTS, determinants, recorded_determinants
from narrows.runs.run_folder import BEST, LAST


def can_continue(config: Config, folder: Path) -> bool:
    """True if the folder holds readable checkpoints of the run of `config`."""
    try:
        refuse_another_run(config, folder)
    except UserError:
        return False
    return True


def refuse_another_run(config: Config, folder: Path) -> None:
    """Raise UserError, naming what differs, unless the checkpoints in the folder belong to the run of `config`.

    A run may be continued for more epochs if its schedule does not depend on their number.
    """
    path, best = folder / LAST, folder / BEST
    if not best.is_file():
        raise UserError(f"run.resume=true: {best} is missing, which holds the best weights")
    content = checkpoint.read(path)
    before, now = _card_determinants(content[checkpoint.CARD]), determinants(config)
    longer = config.schedule.name == "constant" and config.trainer.max_epochs >= content["epoch"] + 1
    neutral = neutral_values(Config)
    for key in now | before:
        old, new = (values.get(key, neutral.get(key)) for values in (before, now))
        if old != new and not (key == "trainer.max_epochs" and longer):
            raise UserError(f"run.resume=true: {path} was trained with {key}={old}, not {new}")


def _card_determinants(card: dict[str, Any]) -> dict[str, Any]:
    return recorded_determinants(card["config"], card.get("checksum", "unknown"), card.get("results", FIRST_RESULTS))
