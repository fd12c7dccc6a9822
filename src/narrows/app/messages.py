"""Rewrites exceptions of Hydra and OmegaConf as one line: the key, the value and the choices."""

import difflib
import re
import shlex
from collections.abc import Collection, Sequence

from hydra.errors import OverrideParseException
from yaml import MarkedYAMLError

from narrows.app.spaced_axes import FUNCTIONS
from narrows.config.knobs import owners, texts
from narrows.config.study_section import ARM
from narrows.config.typed_text import escaped

#: The extra of pyproject.toml that installs a plugin of Hydra, by the beginning of the plugin's name.
EXTRAS = {
    "joblib": "joblib",
    "submitit": "submitit",
    "optuna": "optuna",
    "search": "optuna",
    "tpe": "optuna",
    "ray": "ray-launcher",
}

#: Keys outside the config of a run whose values are any text.
TEXTS = {"name", "checkpoint", "path", "root", "hydra.run.dir", "hydra.sweep.dir"}
LISTED = 24  # more keys than these are not all printed in a message
ALL_KEYS = "`narrows train --help` lists all keys"

#: What Hydra's parser says of a text with characters that its values do not have.
UNQUOTED = r"LexerNoViableAlt|no viable alternative|mismatched input|extraneous input|token recognition"


def message(error: Exception, keys: Collection[str] = ()) -> str:
    """The error in one line; `keys` are the known keys, for suggestions where Hydra makes none."""
    if isinstance(error, MarkedYAMLError):
        return _not_yaml(error)
    text = " ".join(str(error).split("Config search path")[0].split())
    if isinstance(error, OverrideParseException):
        if "missing EQUAL" in text:
            return f"{error.override}: must be key=value; {ALL_KEYS}"
        if re.search(UNQUOTED, text):
            return _unquoted(error.override)
    if missing := re.search(r"Could not (?:find|load) 'hydra/(?:launcher|sweeper)/(?:\w+/)*(\w+)'", text):
        for plugin, extra in EXTRAS.items():
            if missing[1].startswith(plugin):
                return f"{missing[1]} is an extra that is not installed: pip install 'narrows[{extra}]'"
    if key := re.search(r"Missing mandatory value: .*full_key: (\S+)", text):
        return f"{key[1]}=… is missing"
    if group := re.search(r"Could not find '(.+?)' Available options in '(.+?)': (.+)", text):
        return f"{group[2]}={group[1].removeprefix(f'{group[2]}/')}: choose from {', '.join(group[3].split())}"
    if function := re.search(r"parsing override '(.+?)' .*Unknown function '(\w+)' Available: (\S+)", text):
        return f"{function[1]}: {_unknown_function(function[2], {*function[3].split(','), *FUNCTIONS})}"
    if argument := re.search(r"unexpected keyword argument '(\w+)'.*full_key: hydra\.launcher", text):
        return unknown_key(f"hydra.launcher.{argument[1]}", keys)
    if several := re.match(r"Ambiguous value for argument '(.+?)' 1\.", text):
        return _several(several[1])
    if unknown := re.search(r"^(Interpolation key '.+?' not found).* full_key: (\S+)", text):
        return f"{unknown[2]}: {unknown[1].lower()}; in a text, ${{ is typed as \\${{"
    if failed := re.search(
        r"^(?:\w+ raised while resolving interpolation:|(?=Unsupported)) ?(.+) full_key: (\S+)", text
    ):
        return f"{failed[2]}: an interpolation cannot be resolved: {failed[1]}"
    if key := re.search(r"Could not override '(.+?)'|Key '(.+?)' is not in struct", text):
        return unknown_key(key[1] or key[2], keys)
    if unknown := re.search(r"^((\S+?)=.+): Extra inputs", text):
        return unknown[1] + unknown_key(unknown[2], keys).removeprefix(unknown[2])
    if override := re.match(r"Error merging override (.+)", text):
        return f"{override[1]}: {_without_places(error.__cause__ or error)}"
    if value := re.search(r" full_key: (\S+)", text):
        return f"{value[1]}: {_without_places(error)}"
    return text


def _without_places(error: BaseException) -> str:
    """What OmegaConf says, without its lines about the key and the classes of the nodes."""
    return " ".join(str(error).partition("full_key:")[0].split())


def _unknown_function(name: str, functions: Collection[str]) -> str:
    near = suggestion(difflib.get_close_matches(name, functions, n=1))
    return f"{name}: no such function{near}; choose from {', '.join(sorted(functions))}; a text is put in quotes"


def suggestion(near: Sequence[str]) -> str:
    """The end of a message about a name that does not exist, given those that are spelt like it."""
    return f" (did you mean {' or '.join(near)}?)" if near else ""


def _unquoted(override: str) -> str:
    key, _, value = override.partition("=")
    if value[:1] + value[-1:] in ("[]", "{}"):
        return f"{override}: cannot be read; look at its brackets, commas and quotes"
    several = ", each of several by itself" if "," in value else ""
    return f"{override}: cannot be read; a text with such characters is quoted{several}, as in {in_quotes(key, value)}"


def in_quotes(key: str, text: str) -> str:
    """The override with its value in Hydra's quotes, and those for the shell around it."""
    return shlex.quote(f'{key}="{escaped(text)}"')


def _several(override: str) -> str:
    key, _, value = override.partition("=")
    is_text = key.lstrip("+") in (TEXTS | texts())
    alone = f"; one text with commas is quoted, as in {in_quotes(key, value)}" if is_text else ""
    return f"{override}: several values need a multirun: add -m; a list is written in brackets{alone}"


def _not_yaml(error: MarkedYAMLError) -> str:
    mark = error.problem_mark
    where = f"{mark.name}, line {mark.line + 1}" if mark else "a config file"
    return f'{where}: not YAML: {error.problem}; quote levels with commas or brackets: model.widths: "[128],[128,64]"'


def unknown_key(key: str, keys: Collection[str]) -> str:
    """What to say about a key that does not exist; `keys` are those that do."""
    if key.startswith("hydra.launcher."):
        from narrows.sweeps.launch import Options  # imports joblib, 0.2 s

        return f"{key}: this launcher has no such key; hydra/launcher=fleet has {', '.join(Options.model_fields)}"
    if (key.startswith("study.") or key == ARM) and key in keys:
        return f"{key}: is for a multirun: add -m"
    if "@" in key:
        return f"{key}: no such group; a study's file begins with `# @package _global_` and has `override /model: …`"
    if key in keys and (owning := owners(key)):
        return f"{key}: not a key of the chosen groups; {owning}"
    if key in keys:
        return f"{key}: deleted by ~{key} or left out by a file; ++{key}=… adds it"
    near = _nearest(key, keys)
    return f"{key}: no such key{suggestion(near)}; {_which(key, keys, listed=not near)}"


def _nearest(key: str, keys: Collection[str]) -> list[str]:
    """The known key that is spelt like this one: of its section, if there is such a section, else of any.

    Of a key without a section, such as `epochs`, up to two whose last part is spelt like it.
    """
    name = key.rpartition(".")[2]
    if beside := _beside(key, keys):
        near = difflib.get_close_matches(name, [known.rpartition(".")[2] for known in beside], n=1)
        named = [known for known in beside if near and known.endswith(f".{near[0]}")]
        return (named or [known for known in keys if known.endswith(f".{name}")])[:1]
    sections, names = {known.partition(".")[0] for known in keys}, {known.rpartition(".")[2]: known for known in keys}
    return (
        difflib.get_close_matches(key, {*keys, *sections}, n=1)
        or difflib.get_close_matches(name, keys, n=1)
        or [names[near] for near in difflib.get_close_matches(name, names, n=2, cutoff=0.7)]
    )


def _beside(key: str, keys: Collection[str]) -> list[str]:
    """The known keys of the key's section."""
    section = key.rpartition(".")[0]
    return [known for known in keys if section and known.rpartition(".")[0] == section]


def _which(key: str, keys: Collection[str], listed: bool) -> str:
    """Which keys exist: all that are known if they fit into a line or two, else, if `listed`, those of its section."""
    if key.startswith("hydra."):
        return "`narrows train --cfg hydra` prints those of Hydra"
    if len(keys) <= LISTED:
        return f"choose from {', '.join(keys)}"
    beside = _beside(key, keys) if listed else []
    return f"choose from {', '.join(beside)}; {ALL_KEYS}" if beside else ALL_KEYS
