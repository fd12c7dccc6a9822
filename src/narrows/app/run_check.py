"""Checks before anything is written, so that a run or multirun that is refused creates no folder."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from narrows.app.compose import parse
from narrows.app.exits import exit_on_error
from narrows.app.output_folders import folder_of, unused
from narrows.app.study_axes import study_axes
from narrows.config.knobs import knobs
from narrows.config.model_size import refuse_too_large
from narrows.errors import UserError
from narrows.paths import writable
from narrows.runs import record
from narrows.runs.folder_lock import only_writer

_locks = ExitStack()  # not of a RunCheck, which launchers pickle


class RunCheck(Callback):
    """Called by Hydra before a run or a multirun begins. Hydra turns exceptions into warnings, except SystemExit."""

    def on_run_start(self, config: DictConfig, **_: Any) -> None:  # noqa: ANN401 - Hydra's signature
        with exit_on_error(knobs()):
            _refuse_no_sweep_section(config)
            if "study" in config or config.sweep.dry or config.size != "full":
                raise UserError("study=…, size=… and --dry are for a multirun: add -m")
            checked = parse(config)
            refuse_too_large(checked)
            folder = folder_of(config, "run")
            _refuse_used(folder, checked.run.resume)
            unused(config, "run")
            writable(folder_of(config, "run"), "hydra.run.dir")

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:  # noqa: ANN401 - Hydra's signature
        with exit_on_error(knobs()):
            _refuse_no_sweep_section(config)
            if "study" not in config and config.size != "full":
                raise UserError(f"size={config.size}: only a study has sizes; add study=NAME")
            folder_of(config, "sweep")
            if not config.hydra.sweeper._target_.endswith("StudySweeper"):
                _refuse_other_sweeper(config)
                unused(config, "sweep")
                writable(folder_of(config, "sweep"), "hydra.sweep.dir")
                _locks.enter_context(only_writer(folder_of(config, "sweep"), "hydra.sweep.dir"))

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:  # noqa: ANN401 - Hydra's signature
        _locks.close()


def _refuse_no_sweep_section(config: DictConfig) -> None:
    if not isinstance(config.sweep, DictConfig):
        raise UserError(f"sweep={config.sweep}: must be a section with the keys on_error and dry")


def _refuse_other_sweeper(config: DictConfig) -> None:
    """Raise UserError if a sweeper other than ours is asked for what only ours does."""
    if config.sweep.dry:
        raise UserError("--dry: only hydra/sweeper=study plans its runs before it trains; a search chooses them later")
    if study_axes(config) and not config.hydra.sweeper.get("params"):
        raise UserError(f"study={config.study.name}: only hydra/sweeper=study sweeps the axes of a study")


def _refuse_used(folder: Path, resume: bool) -> None:
    """Raise UserError for a folder that holds a run, unless that run failed or is to be resumed."""
    try:
        earlier = record.read(folder)
    except ValueError:
        raise UserError(f"hydra.run.dir={folder}: its record.json is damaged; name another folder") from None
    except OSError as error:
        raise UserError(f"hydra.run.dir={folder}: cannot be read ({error.strerror})") from None
    begun = earlier is not None or any(folder.glob("*.ckpt"))
    if resume and not begun:
        raise UserError(f"run.resume=true: there is no run to continue in hydra.run.dir={folder}")
    if begun and not resume and (earlier is None or earlier.status != "failed"):
        status = earlier.status if earlier else "unfinished"
        raise UserError(
            f"hydra.run.dir={folder}: holds a run already ({status}); name another folder or add run.resume=true"
        )
