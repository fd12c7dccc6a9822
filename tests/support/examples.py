"""The examples of README.md and the guides: fenced blocks, and the test directives above them.

A directive is an HTML comment on the line before a block, so that readers do not see it:

    <!-- test: skip REASON -->            the block cannot run in a test
    <!-- test: slow -->                   the block takes more than a few seconds
    <!-- test: data=mnist5k --dry -->     each `narrows` command of the block runs with these arguments as well, so that
                                          it is fast; key=value replaces the same key of the command
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from support.configs import REPOSITORY

#: README.md and the guides. The page of claims is written by a command, and tested with it.
DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]

BLOCK = re.compile(
    r"(?:^<!-- test: (?P<directive>[^\n]*?) -->\n)?^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
NAMED_FILE = re.compile(r"`([\w./-]+\.ya?ml)`")


@dataclass(frozen=True)
class Block:
    """A fenced block. `file` is the YAML file that the text before it named last, empty where it names none."""

    place: str
    language: str
    code: str
    directive: list[str]
    file: str

    @property
    def skipped(self) -> bool:
        return self.directive[:1] == ["skip"]

    @property
    def slow(self) -> bool:
        return "slow" in self.directive

    @property
    def arguments(self) -> list[str]:
        """What the directive adds to each command."""
        return [word for word in self.directive if word != "slow"]

    @property
    def commands(self) -> list[list[str]]:
        """The words of each command of a bash block, without comments."""
        lines = self.code.replace("\\\n", " ").splitlines()
        return [words for line in lines if (words := shlex.split(line, comments=True))]


def blocks(document: Path) -> list[Block]:
    """The fenced blocks of a Markdown file in their order."""
    text = document.read_text()
    return [_block(document, text, match) for match in BLOCK.finditer(text)]


def _block(document: Path, text: str, match: re.Match[str]) -> Block:
    line = 1 + text.count("\n", 0, match.start("language"))
    named = NAMED_FILE.findall(text, 0, match.start())
    place = f"{document.relative_to(REPOSITORY)}:{line}"
    directive = shlex.split(match["directive"] or "")
    return Block(place, match["language"], match["code"], directive, named[-1] if named else "")


def replaced(command: list[str], arguments: list[str]) -> list[str]:
    """The command with further arguments; key=value replaces the same key."""
    keys = {argument.partition("=")[0] for argument in arguments if "=" in argument}
    return [word for word in command if word.partition("=")[0] not in keys] + arguments
