"""`narrows evaluate`: of a checkpoint, by Hydra's command line, or of the finished runs of a study."""

import json
import os.path
from collections.abc import Sequence
from contextlib import chdir
from itertools import pairwise
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from narrows import report
from narrows.app.arguments import Argument, Usage, count
from narrows.app.exits import exit_on_error
from narrows.app.hydra_application import run_application
from narrows.config.evaluations import EVALUATIONS
from narrows.errors import UserError
from narrows.paths import data_root, expanded
from narrows.runs import study
from narrows.runs.interrupts import interruptible

KEYS = ("checkpoint", "data", "evaluation", "path", "root", "samples", "threads")

USAGE = Usage(
    "evaluate",
    "Add evaluations to the finished runs of a study, from their best.ckpt and without training: to the records, the\n"
    "report and TensorBoard. Evaluations that a run has already are skipped.",
    operand=("FOLDER", Argument("the folder of a study, or of one run")),
    options={
        "evaluation": Argument(f"[NAME,…]: some of {', '.join(EVALUATIONS)}"),
        "processes": Argument("runs at a time; by default as many as there are cores"),
        "root": Argument("folder of all data sets; by default NARROWS_DATA_DIR, else data"),
    },
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows evaluate ARGUMENTS`: an argument without key and option names the folder of finished runs."""
    if any(_names_folder(text, before) for before, text in pairwise(["", *arguments])):
        evaluate_folder(arguments)
    else:
        run_application(evaluate, "evaluate", "narrows evaluate", arguments, KEYS)


def _names_folder(text: str, before: str) -> bool:
    """Whether the argument is neither key=value nor an option of Hydra's nor the value of one."""
    key, equals, _ = text.partition("=")
    is_path = "/" in key or (key not in (*KEYS, *USAGE.options) and os.path.isdir(text))  # noqa: PTH112 - of any length
    is_override = equals and (not is_path or key.startswith("hydra/"))  # outputs/lr=0.1 is a path
    return not (is_override or text.startswith("-") or before.startswith("-"))


def evaluate_folder(arguments: Sequence[str]) -> None:
    """Evaluate finished runs further; ends the program with status 1 if one of them could not be evaluated."""
    operand, options, _, _ = USAGE.parse(arguments)
    folder, root = Path(operand), options["root"] or data_root()
    names = _names(options["evaluation"])
    processes = count("processes", options["processes"]) if options["processes"] else None
    from narrows.sweeps import evaluate_study  # imports joblib, 0.2 s

    with interruptible():
        if (folder / study.NAME).exists() or not evaluate_study.is_run(folder):
            status = evaluate_study.evaluate_study(folder, names, root, processes)
            print(f"{report.summary_text(folder)}\n\n{folder / report.NAME / report.PAGE}")
        else:
            status, metrics = evaluate_study.evaluate_run(folder, names, root)
            print(json.dumps(metrics, indent=2))
    if status:
        raise SystemExit(status)


def _names(text: str) -> list[str]:
    """The names in `[probe,units]`, or in `probe`. Raises UserError if there is none."""
    names = [name for part in text.strip("[] ").split(",") if (name := part.strip(" '\""))]
    if not names:
        raise UserError(f"evaluation=[NAME,…] is missing: choose from {', '.join(EVALUATIONS)}")
    return names


def evaluate(cfg: DictConfig) -> None:
    """Print the quantities of the evaluations as JSON."""
    with exit_on_error(), chdir(HydraConfig.get().runtime.cwd):
        if OmegaConf.is_missing(cfg, "checkpoint") or cfg.checkpoint in (None, ""):
            raise UserError("checkpoint=PATH is missing: name the best.ckpt or last.ckpt of a run")
        path = expanded(str(cfg.checkpoint), "checkpoint")
        threads, samples = count("threads", cfg.threads), count("samples", cfg.samples)
        names = _names(cfg.evaluation if isinstance(cfg.evaluation, str) else ",".join(map(str, cfg.evaluation or [])))
        from narrows.evaluation.evaluate import evaluate
        from narrows.runs import checkpoint
        from narrows.training.precision import configure_torch

        configure_torch(threads, "highest")
        name = cfg.data.name if "data" in cfg else checkpoint.card(path)["config"]["data"]["name"]
        file = None if cfg.path is None else str(cfg.path)
        quantities = evaluate(path, name, str(cfg.root or data_root()), samples, names, file)
        print(json.dumps({"data": cfg.path or name, **quantities}, indent=2))
