"""Refuses overrides of a config group that name no choice, such as model=null and ++model=mlp, as one line."""

from collections.abc import Iterator, Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from narrows.errors import UserError
from narrows.paths import conf_folder


def refuse_values_of_groups(overrides: Sequence[str]) -> None:
    """Raise UserError for the first value of a group that is no name, list of names or mapping of its keys.

    Likewise for a choice that is added to a group of conf/: each has one already, which only an override without a
    prefix replaces.
    """
    for text in overrides:
        try:
            override = OverridesParser.create().parse_override(text)
        except HydraException:  # Hydra says why, with the others
            continue
        group = override.key_or_group
        if group in ("hydra.launcher", "hydra.sweeper") and not isinstance(override.value(), dict):
            raise UserError(f"{text}: a {group[6:]} is chosen as {group.replace('.', '/')}=NAME")
        is_ours = bool(group) and (conf_folder() / group).is_dir()
        if ("/" in group or is_ours) and not override.is_delete():
            for value in _values(override):
                if not isinstance(value, str | list | dict):
                    raise UserError(f"{group}={'null' if value is None else value}: {_choices(group)}")
                if is_ours and text.startswith("+") and not isinstance(value, dict) and not override.package:
                    raise UserError(f"{text}: a choice of {group} is typed without +: {text.lstrip('+')}")


def _values(override: Override) -> Iterator[object]:
    if override.is_sweep_override():
        yield from (None if text == "null" else text for text in override.sweep_string_iterator())
    else:
        yield override.value()


def _choices(group: str) -> str:
    names = sorted(path.stem for path in (conf_folder() / group).glob("*.yaml"))
    return f"choose from {', '.join(names)}" if names else "must be the name of a choice"
