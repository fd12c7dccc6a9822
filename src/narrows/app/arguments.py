"""The parser of the commands that do not use Hydra: at most one path or name, and key=value options."""

import os.path
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from narrows.errors import UserError


@dataclass(frozen=True)
class Argument:
    """An option or operand: its meaning for the help, its default, and the choices if not every value is allowed.

    `required`: of a setting with choices, one of which must be given.
    """

    meaning: str
    default: str = ""
    choices: Mapping[str, str] | Collection[str] = ()
    required: bool = False


class Given(NamedTuple):
    """The parsed arguments: each option and setting has the given value or its default.

    `others` are the operands after the first one, and keys that are passed on.
    """

    operand: str
    options: dict[str, str]
    flags: set[str]
    others: list[str]


@dataclass(frozen=True)
class Usage:
    """A command line: `narrows NAME [OPERAND] [key=value …] [--setting VALUE …] [--flag …]`.

    `operand` is the name in capitals and its meaning, None for a command that takes options only; `several` of it may
    be given. `second` is another operand, which is required as well; `options` of what is parsed hold it by its name.
    Key=value arguments that are not in `options` are refused, unless `other_keys` describes them: then they
    are returned unchanged. `settings` are options with two dashes, also written `--setting=VALUE`.
    """

    name: str
    summary: str
    operand: tuple[str, Argument] | None = None
    options: Mapping[str, Argument] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    other_keys: str = ""
    several: bool = False
    settings: Mapping[str, Argument] = field(default_factory=dict)
    second: tuple[str, Argument] | None = None

    def parse(self, arguments: Sequence[str]) -> Given:
        """Parse the arguments. Prints the help and ends the program for --help; raises UserError for a mistake."""
        if {"--help", "-h"} & set(arguments):
            print(self.help())
            raise SystemExit(0)
        given = Given("", {key: option.default for key, option in self._all_options().items()}, set(), [])
        for text in self._joined(arguments):
            given = self._add(text, given)
        if self.operand and not given.operand:
            self._refuse(f"narrows {self.name}: {self.operand[0]} is missing", self.operand[1].choices)
        if self.second and self.second[0] not in given.options:
            self._refuse(f"narrows {self.name}: {self.second[0]} is missing")
        for key, setting in self.settings.items():
            if setting.required:
                self._check(f"{key} is missing", given.options[key], setting)
        return given

    def _all_options(self) -> dict[str, Argument]:
        return {**self.options, **self.settings}

    def _joined(self, arguments: Sequence[str]) -> Iterator[str]:
        """The arguments with `--setting VALUE` written as `--setting=VALUE`."""
        rest = iter(arguments)
        for text in rest:
            if text not in self.settings:
                yield text
            elif value := next(rest, ""):
                yield f"{text}={value}"
            else:
                self._refuse(f"{text}: its value is missing")

    def _add(self, text: str, given: Given) -> Given:
        key, equals, value = text.partition("=")
        if key in self.settings:
            return self._add_option(key, value, given)
        if text.startswith("-"):
            return self._add_flag(text, given)
        is_path = "/" in key or (key not in self.options and os.path.exists(text))  # noqa: PTH110 - of any length
        if equals and not is_path and (self.options or self.other_keys):
            return self._add_option(key, value, given)
        if f"--{key}" in self.settings:
            self._refuse(f"{text}: no such key", self.settings)
        return self._add_operand(text, given)

    def _add_flag(self, flag: str, given: Given) -> Given:
        if flag not in self.flags:
            self._refuse(f"{flag}: no such option", [*self.settings, *self.flags, "--help"])
        return given._replace(flags=given.flags | {flag})

    def _add_option(self, key: str, value: str, given: Given) -> Given:
        text = f"{key}={value}"
        if option := self._all_options().get(key):
            self._check(text, value, option)
            return given._replace(options=given.options | {key: value})
        if not self.other_keys:
            self._refuse(f"{text}: no such key", self.options)
        return given._replace(others=[*given.others, text])

    def _add_operand(self, text: str, given: Given) -> Given:
        if not self.operand:
            self._refuse(f"{text}: must be key=value", self.options)
        if self.second and given.operand:
            return self._add_second(self.second[0], text, given)
        name, argument = self.operand
        if given.operand and not self.several:
            self._refuse(f"{text}: only one {name}, and {given.operand} is it")
        self._check(text, text, argument)
        if given.operand:
            return given._replace(others=[*given.others, text])
        return given._replace(operand=text)

    def _add_second(self, name: str, text: str, given: Given) -> Given:
        if name in given.options:
            self._refuse(f"{text}: only one {name}, and {given.options[name]} is it")
        return given._replace(options=given.options | {name: text})

    def _check(self, text: str, value: str, argument: Argument) -> None:
        if argument.choices and value not in argument.choices:
            raise UserError(f"{text}: choose from {', '.join(argument.choices)}")

    def _refuse(self, problem: str, choices: Collection[str] = ()) -> NoReturn:
        raise UserError(f"{problem}; choose from {', '.join(choices)}" if choices else f"{problem}; see --help")

    def help(self) -> str:
        """The text of `narrows NAME --help`."""
        words = [f"narrows {self.name}", *([self.operand[0]] if self.operand else [])]
        words[1:] = [f"{word} …" if self.several else word for word in words[1:]]
        words += [self.second[0]] if self.second else []
        words += [f"[{key}={option.default or key.upper()}]" for key, option in self.options.items()]
        words += [f"[{setting} {setting[2:].upper()}]" for setting in self.settings]
        words += [f"[{flag}]" for flag in self.flags] + (["[KEY=VALUE …]"] if self.other_keys else [])
        rows = [(self.operand[0], self.operand[1])] if self.operand else []
        rows += [self.second] if self.second else []
        rows += list(self._all_options().items())
        lines = [line for name, argument in rows for line in _lines(name, argument)]
        lines += [f"  {flag:<10} {meaning}" for flag, meaning in self.flags.items()]
        lines += [f"  {'KEY=VALUE':<10} {self.other_keys}"] if self.other_keys else []
        return "\n\n".join(filter(None, (" ".join(words), self.summary, "\n".join(lines))))


def _lines(name: str, argument: Argument) -> list[str]:
    """The argument's line in the help, and a line for each choice that has a meaning."""
    if isinstance(argument.choices, Mapping):
        choices = [f"    {choice:<12} {meaning}" for choice, meaning in argument.choices.items()]
        return [f"  {name:<10} {argument.meaning}", *choices]
    listed = f" [{', '.join(argument.choices)}]" if argument.choices else ""
    return [f"  {name:<10} {argument.meaning}{listed}"]


def count(key: str, value: object) -> int:
    """The whole number of at least 1 that a user gave for `key`. Raises UserError for anything else."""
    text = str(value)
    if not text.isdecimal() or int(text) < 1:
        raise UserError(f"{key}={value}: must be a whole number of at least 1")
    return int(text)
