"""The command line of the commands that are no Hydra applications: one path or name, and key=value options."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from narrows.errors import UserError


@dataclass(frozen=True)
class Argument:
    """What a user gives for a key, or as the path or name that the command is about."""

    meaning: str
    default: str = ""
    choices: Mapping[str, str] | Collection[str] = ()


class Given(NamedTuple):
    """What the user gave: every option has its value or its default."""

    operand: str
    options: dict[str, str]
    flags: set[str]
    others: list[str]


@dataclass(frozen=True)
class Usage:
    """A command line: `narrows NAME [OPERAND] [key=value …] [--flag …]`.

    `operand` is the name in capitals and what it stands for, None for a command that takes options only. Where
    `passes_on` names somebody, key=value arguments that are not in `options` are for them and are not refused.
    """

    name: str
    summary: str
    operand: tuple[str, Argument] | None = None
    options: Mapping[str, Argument] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    passes_on: str = ""
    notes: str = ""

    def parse(self, arguments: Sequence[str]) -> Given:
        """The arguments by kind. Prints the help and ends the program for --help; raises UserError for a mistake."""
        if {"--help", "-h"} & set(arguments):
            print(self.help())
            raise SystemExit(0)
        given = Given("", {key: option.default for key, option in self.options.items()}, set(), [])
        for text in arguments:
            given = self._add(text, given)
        if self.operand and not given.operand:
            self._refuse(f"narrows {self.name}: {self.operand[0]} is missing", self.operand[1].choices)
        return given

    def _add(self, text: str, given: Given) -> Given:
        key, equals, value = text.partition("=")
        if text.startswith("-"):
            if text not in self.flags:
                self._refuse(f"{text}: no such option", [*self.flags, "--help"])
            given.flags.add(text)
        elif equals and key in self.options:
            self._choose(text, value, self.options[key])
            given.options[key] = value
        elif equals and "/" not in key and self.passes_on:
            given.others.append(text)
        elif equals and "/" not in key and self.options:
            self._refuse(f"{text}: no such key", self.options)
        elif not self.operand or given.operand:
            problem = (
                f"only one {self.operand[0]}, and {given.operand} is it" if self.operand else "not key=value; keys"
            )
            self._refuse(f"{text}: {problem}", () if self.operand else self.options)
        else:
            self._choose(text, text, self.operand[1])
            return given._replace(operand=text)
        return given

    def _choose(self, text: str, value: str, argument: Argument) -> None:
        if argument.choices and value not in argument.choices:
            self._refuse(text, argument.choices)

    def _refuse(self, problem: str, choices: Collection[str]) -> NoReturn:
        raise UserError(f"{problem}: choose from {', '.join(choices)}" if choices else f"{problem}; see --help")

    def help(self) -> str:
        """The text of `narrows NAME --help`."""
        words = [f"narrows {self.name}", *([self.operand[0]] if self.operand else [])]
        words += [f"[{key}={option.default or key.upper()}]" for key, option in self.options.items()]
        words += [f"[{flag}]" for flag in self.flags] + (["[KEY=VALUE …]"] if self.passes_on else [])
        rows = [(self.operand[0], self.operand[1])] if self.operand else []
        rows += list(self.options.items())
        lines = [line for name, argument in rows for line in _lines(name, argument)]
        lines += [f"  {flag:<10} {meaning}" for flag, meaning in self.flags.items()]
        lines += [f"  {'KEY=VALUE':<10} {self.passes_on}"] if self.passes_on else []
        return "\n\n".join(filter(None, (" ".join(words), self.summary, "\n".join(lines), self.notes)))


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
