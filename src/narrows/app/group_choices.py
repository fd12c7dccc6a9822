"""Refuses overrides of a config group whose value is no name of a choice, such as model=null, as one line."""

from collections.abc import Iterator, Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from narrows.errors import UserError
from narrows.paths import conf_folder


def refuse_values_of_groups(overrides: Sequence[str]) -> None:
    """Raise UserError for the first value of a group that is neither a name nor a list of names."""
    for text in overrides:
        try:
            override = OverridesParser.create().parse_override(text)
        except HydraException:  # Hydra says why, with the others
            continue
        group = override.get_key_element().lstrip("+~").partition("@")[0]
        if ("/" in group or (conf_folder() / group).is_dir()) and not override.is_delete():
            for value in _values(override):
                if not isinstance(value, str | list):
                    raise UserError(f"{group}={'null' if value is None else value}: {_choices(group)}")


def _values(override: Override) -> Iterator[object]:
    if override.is_sweep_override():
        yield from (None if text == "null" else text for text in override.sweep_string_iterator())
    else:
        yield override.value()


def _choices(group: str) -> str:
    names = sorted(path.stem for path in (conf_folder() / group).glob("*.yaml"))
    return f"choose from {', '.join(names)}" if names else "must be the name of a choice"
