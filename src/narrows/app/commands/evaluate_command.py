"""`narrows evaluate`: evaluations of a checkpoint on test images. Hydra's command line."""

import json
from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from narrows.app.arguments import count
from narrows.app.exits import exit_on_error
from narrows.app.hydra_application import run_application
from narrows.errors import UserError

KEYS = ("checkpoint", "data", "evaluation", "path", "root", "samples", "threads")


def main(arguments: Sequence[str]) -> None:
    """Run `narrows evaluate ARGUMENTS`."""
    run_application(evaluate, "evaluate", "narrows evaluate", arguments, KEYS)


def evaluate(cfg: DictConfig) -> None:
    """Print the quantities of the evaluations as JSON."""
    with exit_on_error():
        if OmegaConf.is_missing(cfg, "checkpoint"):
            raise UserError("checkpoint=PATH is missing: name the best.ckpt or last.ckpt of a run")
        threads = count("threads", cfg.threads)
        import torch

        from narrows.evaluation.evaluate import evaluate
        from narrows.runs import checkpoint

        torch.set_num_threads(threads)
        name = cfg.data.name if "data" in cfg else checkpoint.card(cfg.checkpoint)["config"]["data"]["name"]
        names = [cfg.evaluation] if isinstance(cfg.evaluation, str) else list(cfg.evaluation)
        quantities = evaluate(Path(cfg.checkpoint), name, cfg.root, cfg.samples, names, cfg.path)
        print(json.dumps({"data": cfg.path or name, **quantities}, indent=2))
