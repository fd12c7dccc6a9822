"""Starting a Hydra application from a list of arguments."""

import os
import sys
from argparse import ArgumentError
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import hydra
from hydra._internal.utils import get_args_parser
from hydra.types import TaskFunction

from narrows.app.compose import register_defaults
from narrows.app.exits import exit_on_error
from narrows.app.group_choices import refuse_values_of_groups
from narrows.app.hydra_versions import VERSION_BASE, trusted_targets
from narrows.errors import UserError
from narrows.paths import conf_folder


def run_application(
    task: TaskFunction, config_name: str, program: str, arguments: Sequence[str], keys: Collection[str]
) -> None:
    """Run `task` with the config composed from conf/<config_name>.yaml and `arguments`.

    Errors end the program as in `exit_on_error`. `program` is the name in usage messages; `keys` are all known keys,
    from which an error suggests the nearest.
    """
    register_defaults()
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra then raises exceptions instead of printing them
    with exit_on_error(keys), trusted_targets("narrows.app.run_check.RunCheck"):
        sys.argv = [program, *_overrides_first(arguments)]
        refuse_values_of_groups([text for text in sys.argv[1:] if "=" in text and not text.startswith("-")])
        application = hydra.main(config_path=str(conf_folder()), config_name=config_name, **VERSION_BASE)
        application(task)()


#: Options of Hydra that choose what it does, of which only one can be given.
MODES = ("run", "multirun", "cfg", "info", "shell_completion")


def _overrides_first(arguments: Sequence[str]) -> list[str]:
    """The arguments with Hydra's options after the overrides, since argparse does not accept them mixed.

    Raises UserError for options that Hydra does not have or that exclude one another.
    """
    parser: Any = get_args_parser()
    parser.exit_on_error = False
    try:
        known, rest = parser.parse_known_args(arguments)
    except ArgumentError as error:
        raise UserError(f"{error}; see --hydra-help") from None
    if unknown := [text for text in rest if text.startswith("-")]:
        raise UserError(f"{unknown[0]}: no such option; see --help and --hydra-help")
    if len(modes := [f"--{mode}" for mode in MODES if getattr(known, mode)]) > 1:
        raise UserError(f"{' and '.join(modes)} exclude one another")
    if known.config_dir and not Path(known.config_dir).is_dir():
        raise UserError(f"--config-dir {known.config_dir}: no such folder")
    overrides = [*known.overrides, *rest]
    return [*overrides, *(text for text in arguments if text not in overrides)]
