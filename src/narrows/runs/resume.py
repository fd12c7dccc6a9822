"""Where a run is continued: from which of the checkpoints in its folder, if they belong to it."""

import sys
from pathlib import Path
from typing import Any

from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.runs import checkpoint
from narrows.runs.determinants import FIRST_RESULTS, recorded_determinants
from narrows.runs.finished import refuse_differences
from narrows.runs.run_folder import BEST, LAST


def begun(config: Config, folder: Path) -> Path | None:
    """As `checkpoint_to_continue`, but None for checkpoints of another run, for a sweep that trains them again."""
    try:
        return checkpoint_to_continue(config, folder)
    except UserError as error:
        print(f"{error}: begins again", file=sys.stderr)
        return None


def checkpoint_to_continue(config: Config, folder: Path) -> Path | None:
    """The checkpoint from which the run of `config` is continued: last.ckpt, or if that is damaged best.ckpt.

    None if there is none from which the run ends with the same numbers; a line on stderr says what is damaged. Raises
    UserError, naming what differs, for checkpoints of another run.
    """
    last, best = (_whole(folder / name, config) for name in (LAST, BEST))
    if best is None:
        if last is not None:
            print(f"{folder}: begins again, since {BEST}, which holds the best weights, is not there", file=sys.stderr)
        return None
    if last is not None:
        return folder / LAST
    return folder / BEST if "optimizer_states" in best else None  # which a fleet does not write there


def _whole(path: Path, config: Config) -> dict[str, Any] | None:
    """The content of a checkpoint of the run of `config`; None, with a line on stderr, if it is damaged or missing."""
    if not path.is_file():
        return None
    try:
        content = checkpoint.read(path)
    except UserError as error:
        print(f"{error}; it is not used", file=sys.stderr)
        return None
    if "epoch" not in content:
        print(f"{path}: holds weights only, from which no training is continued; it is not used", file=sys.stderr)
        return None
    card = content[checkpoint.CARD]
    before = recorded_determinants(card["config"], card.get("checksum", "unknown"), card.get("results", FIRST_RESULTS))
    refuse_differences(path, before, content["epoch"] + 1, config)
    return content
