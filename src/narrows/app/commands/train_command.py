"""`narrows train`: one run, or with -m a multirun. Hydra's command line."""

from collections.abc import Sequence
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from narrows.app.compose import parse
from narrows.app.exits import exit_on_error
from narrows.app.hydra_application import run_application
from narrows.config.knobs import knobs
from narrows.gc_paused import gc_paused
from narrows.runs.finished import finished


def main(arguments: Sequence[str]) -> None:
    """Run `narrows train ARGUMENTS`."""
    overrides = ["sweep.dry=true" if argument == "--dry" else argument for argument in arguments]
    run_application(train, "config", "narrows train", overrides, knobs())


def train(cfg: DictConfig) -> float:
    """Train one run; returns the validation error that sweepers minimise."""
    folder = Path(HydraConfig.get().runtime.output_dir)
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        from narrows.sweep.run_one import run_one

        return run_one(parse(cfg), folder, cfg.sweep.on_error)
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
