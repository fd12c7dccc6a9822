"""TEXT: what a run is, in markdown."""

import shlex
from pathlib import Path

import yaml

from narrows.config.schema import Config

OVERRIDES = Path(".hydra") / "overrides.yaml"  # where the command line leaves what was asked of a run


def config(config: Config) -> str:
    """The resolved config, as the files in conf/ are written."""
    return f"```yaml\n{yaml.safe_dump(config.model_dump(), sort_keys=False)}```"


def command(folder: Path) -> str:
    """What trains the run in `folder` again; nothing known for one that was not started from the command line."""
    if not (folder / OVERRIDES).is_file():
        return "started from Python"
    overrides = yaml.safe_load((folder / OVERRIDES).read_text())
    return f"```bash\n{shlex.join(['narrows', 'train', *overrides])}\n```"
