"""Train one autoencoder, or a multirun of them: `python scripts/train.py --help`."""

from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from narrows.cli import command, parse, told
from narrows.knobs import knobs


@hydra.main(version_base="1.3", config_path="../conf", config_name="config")
def train(cfg: DictConfig) -> float:
    """The loss that sweepers minimise: of the best epoch's validation, or of training where nothing is held out."""
    with told():
        config, folder = parse(cfg), Path(HydraConfig.get().runtime.output_dir)
        from narrows.run import run  # torch takes seconds to import: only for a config that holds

        record = run(config, folder)
    print(f"{record.summary()}\n{folder}")
    return min(record.curves.get("val/loss") or record.curves["train/loss"])


if __name__ == "__main__":
    command(train, knobs())
