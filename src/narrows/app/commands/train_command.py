"""`narrows train`: one run, or with -m a multirun. Hydra's command line."""

from collections.abc import Sequence
from math import inf
from pathlib import Path

from hydra.conf import HydraConf
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from narrows.app.compose import parse
from narrows.app.exits import exit_on_error
from narrows.app.hydra_application import run_application
from narrows.app.searches import add_trials, concluded, is_search, refuse
from narrows.config.knobs import knobs
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
    folder = Path(HydraConfig.get().runtime.output_dir)
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        return _train_job(cfg, HydraConfig.get(), folder)
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
    """Train one run of a multirun; of a search it is added to the plan, and recorded if it is refused."""
    from narrows.sweep.run_one import run_one

    overrides = list(hydra.overrides.task)
    if is_search(hydra):
        sweep = Path(hydra.runtime.cwd) / hydra.sweep.dir
        add_trials(sweep, {str(folder.relative_to(sweep)): overrides})
    try:
        config = parse(cfg)
    except UserError as error:
        if not is_search(hydra):
            raise
        refuse(folder, overrides, error)
        return inf
    return run_one(config, folder, cfg.sweep.on_error)
