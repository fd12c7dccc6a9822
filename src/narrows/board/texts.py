"""TEXT: the config and the command of a run, in markdown."""

import shlex
from pathlib import Path

import yaml

from narrows.config.schema import Config

OVERRIDES = Path(".hydra") / "overrides.yaml"  # written by Hydra: the overrides of a run


def config(config: Config) -> str:
    """The resolved config as YAML."""
    return f"```yaml\n{yaml.safe_dump(config.model_dump(), sort_keys=False)}```"


def command(folder: Path) -> str:
    """The command that trains the run in `folder` again, if it was started from the command line."""
    if not (folder / OVERRIDES).is_file():
        return "started from Python"
    overrides = yaml.safe_load((folder / OVERRIDES).read_bytes())
    return f"```bash\n{shlex.join(['narrows', 'train', *overrides])}\n```"
