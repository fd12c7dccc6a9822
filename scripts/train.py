"""Train one autoencoder, or a multirun of them: `python scripts/train.py --help`."""

import sys
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from narrows.app.command_line import command, parse, told
from narrows.config.knobs import knobs
from narrows.gc_paused import unswept


@hydra.main(version_base="1.3", config_path="../conf", config_name="config")
def train(cfg: DictConfig) -> float:
    """One run; returns the loss that sweepers minimise, which is never the test's."""
    folder = Path(HydraConfig.get().runtime.output_dir)
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        from narrows.sweep.run_one import run_one

        return run_one(parse(cfg), folder, cfg.sweep.on_error)
    with told():
        with unswept():  # torch takes seconds to import: after the config was checked
            from narrows.run import run
        record = run(parse(cfg), folder)
        print(f"{record.summary()}\n{folder}")
        return record.objective()


if __name__ == "__main__":
    sys.argv = ["sweep.dry=true" if argument == "--dry" else argument for argument in sys.argv]
    command(train, knobs())
