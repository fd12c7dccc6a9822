"""Refuses a single run before Hydra makes its folder, so that a refused config leaves nothing behind."""

from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from narrows.app.compose import parse
from narrows.app.exits import one_line_errors
from narrows.config.knobs import knobs
from narrows.errors import UserError
from narrows.paths import writable
from narrows.runs import record


class RunCheck(Callback):
    """Hydra's callback: checks the config and the folder of a single run."""

    def on_run_start(self, config: DictConfig, **_: Any) -> None:  # noqa: ANN401 - Hydra's signature
        with one_line_errors(knobs()):  # Hydra turns a callback's exceptions into warnings, except SystemExit
            if "study" in config or config.sweep.dry:
                raise UserError("study=… and --dry are for a multirun: add -m")
            resume = parse(config).run.resume
            folder = Path(config.hydra.run.dir)
            _refuse_used(folder, resume)
            writable(folder, "hydra.run.dir")


def _refuse_used(folder: Path, resume: bool) -> None:
    """Raises UserError for a folder with a run in it, unless that run failed or is to be resumed."""
    try:
        earlier = record.read(folder)
    except ValueError:
        raise UserError(f"hydra.run.dir={folder}: its record.json is damaged; name another folder") from None
    begun = earlier is not None or any(folder.glob("*.ckpt"))
    if resume and not begun:
        raise UserError(f"run.resume=true: there is no run to continue in hydra.run.dir={folder}")
    if begun and not resume and (earlier is None or earlier.status != "failed"):
        status = earlier.status if earlier else "unfinished"
        raise UserError(
            f"hydra.run.dir={folder}: holds a run already ({status}); name another folder or add run.resume=true"
        )
