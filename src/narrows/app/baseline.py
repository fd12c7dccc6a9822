"""The levels that a study compares the others with, checked against its grid."""

from collections.abc import Mapping, Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser

from narrows.app.study_file import axis_overrides
from narrows.config.levels import Level
from narrows.config.study_section import ARM, StudySection
from narrows.errors import UserError


def baseline(
    section: StudySection, axes: Mapping[str, Sequence[Level]], defaults: Mapping[str, Level], *, typed: bool
) -> dict[str, Level]:
    """The baseline among the levels of this grid; `typed` says that it comes from the command line.

    A study's file has one baseline for all its sizes, and an axis can be narrowed on the command line: a baseline that
    is a level of the study, but not of this grid, is left out and told in a line.
    Raises UserError for a key that is not swept, and for a level that the axis does not have.
    """
    chosen: dict[str, Level] = {}
    for key, wanted in section.baseline.items():
        if equal := [level for level in axes.get(key, ()) if _same(level, wanted)]:
            chosen[key] = equal[0]
        elif typed or not any(_same(level, wanted) for level in levels_of_file(section, key)):
            problem = f"not a level; choose from {_listed(axes[key])}" if key in axes else "not swept"
            choices = "" if key in axes else f"; choose from {', '.join(axes)}"
            raise UserError(f"study.baseline: {key}={_text(wanted)}: {problem}{choices}")
        elif key in axes:
            instead = defaults[key] if defaults.get(key) in axes[key] else axes[key][0]
            print(
                f"study.baseline: {key}={_text(wanted)} is not among {_listed(axes[key])}; it is {_text(instead)} here"
            )
    return chosen


def levels_of_file(section: StudySection, key: str) -> list[Level]:
    """All levels that the study's file gives an axis, in any size."""
    if key == ARM:
        return [*section.arms]
    axes = [{key: levels[key]} for levels in section.sizes.values() if key in levels]
    overrides = OverridesParser.create().parse_overrides([text for axis in axes for text in axis_overrides(axis)])
    levels = [override.sweep_string_iterator() for override in overrides if override.is_discrete_sweep()]
    texts = [f"{key}={level}" for axis in levels for level in axis]
    return [override.value() for override in OverridesParser.create().parse_overrides(texts)]  # type: ignore[misc]


def _same(level: Level, wanted: Level) -> bool:
    """Whether two levels are equal: 1 is 1.0, but not true."""
    return level == wanted and isinstance(level, bool) == isinstance(wanted, bool)


def _text(level: Level) -> str:
    return str(level).replace(" ", "") if isinstance(level, list) else str(level)


def _listed(levels: Sequence[Level]) -> str:
    return ", ".join(map(_text, levels))
