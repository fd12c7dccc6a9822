"""The levels that the overrides of a multirun give to each key."""

from collections.abc import Iterable

from hydra.core.override_parser.types import Override

from narrows.app.compose import MULTIRUN_KEYS
from narrows.app.composer import key_of
from narrows.errors import UserError


def levels_of_keys(overrides: Iterable[Override]) -> tuple[dict[str, list[str]], set[str]]:
    """The overrides of each key, one for each of its levels, and the keys that are swept.

    The last override of a key counts. What deletes a key (`~seed`) stays beside what adds it again (`++seed=0,1`).
    Raises UserError for an interval, which is not a grid, and for a swept key of the whole multirun.
    """
    levels: dict[str, list[str]] = {}
    swept: set[str] = set()
    for override in overrides:
        key = key_of(override)
        if override.is_delete():
            swept.discard(key)
            levels.pop(key, None)
            levels[f"~{key}"] = [str(override.input_line)]
            continue
        if _is_swept(override):
            swept.add(key)
        levels[key] = _one_override_per_level(override)
    return levels, swept


def _is_swept(override: Override) -> bool:
    if override.is_sweep_override() and not override.is_discrete_sweep():
        raise UserError(f"{override.input_line}: an interval is not a grid; hydra/sweeper=optuna searches intervals")
    if override.is_sweep_override() and override.key_or_group.partition(".")[0] in MULTIRUN_KEYS:
        raise UserError(f"{override.input_line}: a sweep has one {override.key_or_group}, not several")
    if override.is_sweep_override() and any(isinstance(level, dict) for level in override.sweep_iterator()):
        raise UserError(f"{override.input_line}: a level is no mapping; study.arms compares settings of several keys")
    return override.is_sweep_override()


def _one_override_per_level(override: Override) -> list[str]:
    """For `seed=0,1` the overrides `seed=0` and `seed=1`, as Hydra's launchers take them."""
    if override.is_sweep_override():
        return [f"{override.get_key_element()}={level}" for level in override.sweep_string_iterator()]
    return [str(override.input_line)]
