"""TEXT: the config and the command of a run, in markdown."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import yaml

from narrows.board.hparams import study_of
from narrows.config.schema import Config
from narrows.config.study_section import ARM
from narrows.config.typed_text import quoted

OVERRIDES = Path(".hydra") / "overrides.yaml"  # written by Hydra: the overrides of a run


def config(config: Config) -> str:
    """The resolved config as YAML."""
    return f"```yaml\n{yaml.safe_dump(config.model_dump(), sort_keys=False)}```"


def command(folder: Path) -> str:
    """The command that trains the run in `folder` again, if it was started from the command line."""
    if not (folder / OVERRIDES).is_file():
        return "started from Python"
    overrides = yaml.safe_load((folder / OVERRIDES).read_text(encoding="utf-8"))
    if any(text.startswith("study=") for text in overrides):
        overrides = _of_study(overrides, folder)
    return f"```bash\n{shlex.join(['narrows', 'train', *overrides])}\n```"


def _of_study(overrides: Sequence[str], folder: Path) -> list[str]:
    """The arguments of a multirun of this run alone, since only a multirun has the settings of a study's file."""
    question = study_of(folder)
    arm = question.runs.get(folder.name, {}).get(ARM) if question else None
    of_arm = question.arms.get(str(arm), {}) if question else {}
    others = [text for text in overrides if text.partition("=")[0] not in of_arm]
    chosen = [] if arm is None else [f"{ARM}={quoted(str(arm))}"]
    return ["-m", *others, *chosen, f"name={folder.name}"]
