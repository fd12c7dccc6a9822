"""`narrows train`: one run, or with -m a multirun. Hydra's command line."""

from collections.abc import Sequence
from contextlib import chdir
from math import inf
from pathlib import Path

from hydra.conf import HydraConf
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from narrows.app.compose import parse, resolved
from narrows.app.exits import exit_on_error
from narrows.app.hydra_application import run_application
from narrows.app.interpolations import typed_overrides
from narrows.app.messages import message
from narrows.app.searches import add_trials, concluded, is_search, refuse
from narrows.config.knobs import knobs
from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.gc_paused import gc_paused
from narrows.runs.finished import finished


def main(arguments: Sequence[str]) -> None:
    """Run `narrows train ARGUMENTS`."""
    overrides = ["sweep.dry=true" if argument == "--dry" else argument for argument in arguments]
    with concluded():
        run_application(train, "config", "narrows train", overrides, knobs())


def train(cfg: DictConfig) -> float:
    """Train one run; returns the validation error that sweepers minimise."""
    hydra = HydraConfig.get()
    with chdir(hydra.runtime.cwd):  # relative paths are those of the command line, also with hydra.job.chdir=true
        folder = Path(hydra.runtime.output_dir)
        return _train_job(cfg, hydra, folder) if hydra.mode == RunMode.MULTIRUN else _train_run(cfg, folder)


def _train_run(cfg: DictConfig, folder: Path) -> float:
    with exit_on_error():
        config = parse(cfg)
        if config.run.resume and (earlier := finished(config, folder)):
            print(f"done already: {earlier.summary().removeprefix('done: ')}\n{folder}")
            return earlier.objective()
        with gc_paused():  # importing torch takes seconds: only after the config was checked
            from narrows.run import run
        record = run(config, folder)
        print(f"{record.summary()}\n{folder}")
        return record.objective()


def _train_job(cfg: DictConfig, hydra: HydraConf, folder: Path) -> float:
    """Train one run of a multirun, or record why it is refused; of a search it is added to the plan."""
    from narrows.sweeps.run_one import run_one

    overrides = typed_overrides(hydra)
    config: Config | UserError
    try:
        config = parse(cfg)
        overrides += resolved(cfg)
    except (UserError, OmegaConfBaseException) as error:
        config = UserError(message(error, knobs()))
    if is_search(hydra):
        sweep = Path(hydra.runtime.cwd) / hydra.sweep.dir
        add_trials(sweep, {str(folder.relative_to(sweep)): overrides})
    if isinstance(config, UserError):
        refuse(folder, overrides, config)
        return inf
    return run_one(config, folder, cfg.sweep.on_error)
