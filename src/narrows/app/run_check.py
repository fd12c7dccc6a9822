"""Checks before anything is written, so that a run or multirun that is refused creates no folder."""

from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from narrows.app.compose import parse
from narrows.app.exits import exit_on_error
from narrows.app.study_axes import study_axes
from narrows.config.knobs import knobs
from narrows.errors import UserError
from narrows.paths import writable
from narrows.report.widths import DEFAULT
from narrows.runs import record


class RunCheck(Callback):
    """Called by Hydra before a run or a multirun begins. Hydra turns exceptions into warnings, except SystemExit."""

    def on_run_start(self, config: DictConfig, **_: Any) -> None:  # noqa: ANN401 - Hydra's signature
        with exit_on_error(knobs()):
            if "study" in config or config.sweep.dry or config.size != "full" or config.report.width != DEFAULT:
                raise UserError("study=…, size=…, report.width=… and --dry are for a multirun: add -m")
            resume = parse(config).run.resume
            folder = Path(config.hydra.run.dir)
            _refuse_used(folder, resume)
            writable(folder, "hydra.run.dir")

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:  # noqa: ANN401 - Hydra's signature
        with exit_on_error(knobs()):
            if "study" not in config and config.size != "full":
                raise UserError(f"size={config.size}: only a study has sizes; add study=NAME")
            _refuse_other_sweeper(config)


def _refuse_other_sweeper(config: DictConfig) -> None:
    """Raise UserError if a sweeper other than ours is asked for what only ours does."""
    sweeper = config.hydra.sweeper
    if sweeper._target_.endswith("StudySweeper"):
        return
    if config.sweep.dry:
        raise UserError("--dry: only hydra/sweeper=study plans its runs before it trains; a search chooses them later")
    if study_axes(config) and not sweeper.get("params"):
        raise UserError(f"study={config.study.name}: only hydra/sweeper=study sweeps the axes of a study")


def _refuse_used(folder: Path, resume: bool) -> None:
    """Raise UserError for a folder that holds a run, unless that run failed or is to be resumed."""
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
