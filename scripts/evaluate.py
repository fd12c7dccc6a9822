"""What a checkpoint is good for: `python scripts/evaluate.py checkpoint=PATH [evaluation=[…]] [data=…]`."""

import json
from pathlib import Path

import hydra
from omegaconf import DictConfig, OmegaConf

from narrows.app.command_line import command, count, told
from narrows.errors import UserError


@hydra.main(version_base="1.3", config_path="../conf", config_name="evaluate")
def evaluate(cfg: DictConfig) -> None:
    with told():
        if OmegaConf.is_missing(cfg, "checkpoint"):
            raise UserError("checkpoint=PATH is missing: name the best.ckpt or last.ckpt of a run")
        threads = count("threads", cfg.threads)
        import torch

        from narrows.evaluation.evaluate import evaluate
        from narrows.runs import checkpoint

        torch.set_num_threads(threads)
        name = cfg.data.name if "data" in cfg else checkpoint.card(cfg.checkpoint)["config"]["data"]["name"]
        names = [cfg.evaluation] if isinstance(cfg.evaluation, str) else list(cfg.evaluation)
        found = evaluate(Path(cfg.checkpoint), name, cfg.root, cfg.samples, names, cfg.path)
        print(json.dumps({"data": cfg.path or name, **found}, indent=2))


if __name__ == "__main__":
    command(evaluate, keys=("checkpoint", "data", "evaluation", "path", "root", "samples", "threads"))
