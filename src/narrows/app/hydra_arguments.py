"""From the arguments as typed to those that Hydra takes."""

from argparse import ArgumentError
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from narrows.app.messages import ALL_KEYS
from narrows.app.spaced_axes import with_levels
from narrows.config.knobs import kind_knobs
from narrows.config.study_section import ARM
from narrows.errors import UserError

#: Options of Hydra that choose what it does, of which only one can be given.
MODES = ("run", "multirun", "cfg", "info", "shell_completion")


def hydra_arguments(arguments: Sequence[str]) -> list[str]:
    """The overrides as Hydra takes them, then its options, since argparse does not accept them mixed.

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
    if known.resolve and not (known.cfg or known.help):
        raise UserError("--resolve: only with --cfg or --help")
    if known.config_dir and not Path(known.config_dir).is_dir():
        relative = "" if Path(known.config_dir).is_absolute() else f" in the working folder, {Path.cwd()}"
        raise UserError(f"--config-dir {known.config_dir}: no such folder{relative}")
    overrides = [*known.overrides, *rest]
    if nameless := [text for text in overrides if text.lstrip("+~").startswith("=")]:
        raise UserError(f"{nameless[0]}: must be key=value; {ALL_KEYS}")
    multirun = known.multirun or "hydra.mode=MULTIRUN" in overrides
    options = [text for text in arguments if text not in overrides]
    return [*hydra_overrides(overrides, multirun=multirun), *options]


def hydra_overrides(overrides: Sequence[str], *, multirun: bool) -> list[str]:
    """The overrides with spaced levels written out; in a multirun, some that set a value are forced with `++`.

    Before Hydra sweeps, it composes the defaults with all values that are not swept, and refuses a key that the default
    kinds do not have, although others of the sweep may: `code=plain,sparse code.active=2`. The same holds for a field
    of `study`, which is not there without a study's file, and for `arm`, which is no key of the config.
    """
    written_out = [with_levels(text) for text in overrides]
    return [f"++{text}" if multirun and _is_forced(text) else text for text in written_out]


def _is_forced(override: str) -> bool:
    try:
        return _needs_force(override) and not OverridesParser.create().parse_override(override).is_sweep_override()
    except HydraException:  # which Hydra will raise again
        return False


def _needs_force(override: str) -> bool:
    key, equals, _ = override.partition("=")
    return bool(equals) and (key in kind_knobs() or key == ARM or key.startswith("study."))
