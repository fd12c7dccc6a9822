"""The section `study` of a multirun's config, checked, and the axes that it sweeps."""

from collections.abc import Mapping
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from pydantic import ValidationError

from narrows.app.compose import plain
from narrows.app.messages import message, unknown_key
from narrows.app.spaced_axes import with_levels
from narrows.config.dotted import flatten
from narrows.config.knobs import knobs, types
from narrows.config.published_section import Published, PublishedNumber
from narrows.config.quantities import Override
from narrows.config.schema import one_line
from narrows.config.slots import Section
from narrows.config.study_section import StudySection, as_text
from narrows.errors import UserError

FIELDS = [f"study.{key}" for key in StudySection.model_fields]

#: The section that holds the keys at a place in the section `study`, the most special place first.
SECTIONS: dict[str, type[Section]] = {
    "published.numbers.": PublishedNumber,
    "published.": Published,
    "quantities.": Override,
    "": StudySection,
}


def study_section(master: DictConfig) -> StudySection:
    """The section `study`; without a study's file that of a grid, whose name and question are empty unless typed.

    Raises UserError, one line with the key and the choices, for anything that is not a study.
    """
    values = _values(master)
    if chosen_study(master) is None:
        values = {"name": "", "question": "", "sizes": {}, **values}
    if master.hydra.sweeper.get("params"):  # the axes of a file that names them for Hydra
        values = {"sizes": {}, **values}
    _check_keys(values, chosen_study(master))
    try:
        section = StudySection.model_validate(_by_dotted_keys(values))
    except ValidationError as error:
        raise UserError(f"study.{_in_one_line(error, values)}") from None
    _check_sizes(section, master)
    return section


def chosen_study(master: DictConfig) -> str | None:
    """The name of the study's file, None for a grid without one."""
    choice: str | None = master.hydra.runtime.choices.get("study")
    return choice


def study_axes(master: DictConfig) -> list[str]:
    """The overrides of the chosen study in the chosen size, one for each key; none for a study without sizes."""
    section = study_section(master)
    return axis_overrides(section.sizes[master.size]) if section.sizes else []


def axis_overrides(axes: Mapping[str, Any]) -> list[str]:
    """The overrides for a mapping from keys to levels, which are texts as on the command line, or single values.

    Raises UserError for levels that Hydra cannot read.
    """
    return [readable(with_levels(f"{key}={as_text(value)}")) for key, value in axes.items()]


def readable(override: str) -> str:
    """The override. Raises UserError for one that Hydra cannot read."""
    try:
        OverridesParser.create().parse_override(override)
    except HydraException as error:
        why = message(error)
        raise UserError(why if why.startswith(override) else f"{override}: cannot be read: {why}") from None
    return override


def _values(master: DictConfig) -> dict[str, Any]:
    """The section's plain values. Interpolations in arms are left for the runs, whose values they may refer to."""
    chosen = chosen_study(master)
    node = master.get("study")
    if node is None and chosen is None:
        return {}
    if not OmegaConf.is_dict(node) or not node:
        raise UserError(f"study={chosen or node}: there is no section study with the keys {', '.join(FIELDS)}")
    return {str(key): plain(node[key], resolve=key != "arms") for key in node if node[key] is not None}


def _in_one_line(error: ValidationError, values: Mapping[str, Any]) -> str:
    line, _, extra = one_line(error, values).partition(": Extra inputs")
    section = next(section for where, section in SECTIONS.items() if line.startswith(where))
    return f"{line}: no such key; choose from {', '.join(section.model_fields)}" if extra else line


def _check_keys(values: Mapping[str, Any], chosen: str | None) -> None:
    """Raise UserError for a key that is not a field, a field that is missing, and keys of sizes that are none."""
    for key in values:
        if key == "study":
            raise UserError(f"study={chosen}: the first line of its file must be `# @package _global_`")
        if key not in StudySection.model_fields:
            raise UserError(unknown_key(f"study.{key}", FIELDS))
    for key, field in StudySection.model_fields.items():
        if field.is_required() and key not in values:
            raise UserError(f"study.{key} is missing: {field.description}")
    for size, axes in values["sizes"].items() if isinstance(values["sizes"], Mapping) else ():
        for key, levels in axes.items() if isinstance(axes, Mapping) else ():
            _check_levels(f"study.sizes.{size}: {key}", key, levels)


def _check_levels(where: str, key: object, levels: object) -> None:
    """Raise UserError for what YAML makes of `{model.bottleneck: 2,8}`, and for levels that are a list of YAML."""
    if not isinstance(key, str) or (levels is None and key not in knobs()):
        raise UserError(f'{where}: not a key; levels with commas are quoted: "2,8"')
    if isinstance(levels, list) and "array" not in types().get(key, {"array"}):
        raise UserError(f'{where}={as_text(levels)}: several levels are a text: "{",".join(map(as_text, levels))}"')


def _by_dotted_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with texts as keys, and with `model.bottleneck` for `model: {bottleneck: …}`."""
    nested = {key: values[key] for key in ("sizes", "arms") if isinstance(values.get(key), Mapping)}
    dotted = {
        key: {
            str(name): dict(flatten(part)) if isinstance(part, Mapping) else part or {} for name, part in parts.items()
        }
        for key, parts in nested.items()
    }
    if isinstance(values.get("baseline"), Mapping):
        dotted["baseline"] = dict(flatten(values["baseline"]))
    if isinstance(values.get("labels"), Mapping):
        dotted["labels"] = {str(key): label for key, label in values["labels"].items()}
    return {**values, **dotted}


def _check_sizes(section: StudySection, master: DictConfig) -> None:
    if chosen_study(master) is None and not section.sizes:
        if master.size != "full":
            raise UserError(f"size={master.size}: only a study has sizes; add study=NAME")
    elif section.sizes and master.size not in section.sizes:
        raise UserError(f"size={master.size}: choose from {', '.join(section.sizes)}")
