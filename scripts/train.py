"""Train one autoencoder, or a multirun of them: `python scripts/train.py --help`."""

from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from narrows.cli import command, parse


@hydra.main(version_base="1.3", config_path="../conf", config_name="config")
def train(cfg: DictConfig) -> float:
    """The validation loss of the best epoch (training loss where nothing is held out), for sweepers that minimise."""
    config = parse(cfg)
    from narrows.run import run  # torch takes seconds to import: only for a config that holds

    folder = Path(HydraConfig.get().runtime.output_dir)
    record = run(config, folder)
    print(f"{record.summary()}\n{folder}")
    return min(record.curves.get("val/loss") or record.curves["train/loss"])


if __name__ == "__main__":
    command(train)
