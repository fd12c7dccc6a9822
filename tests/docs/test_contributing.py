"""The steps of CONTRIBUTING.md, taken one after the other on a copy of the sources, as a new contributor would."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.configs import REPOSITORY
from support.examples import BLOCK, replaced
from support.outcomes import script

TEXT = (REPOSITORY / "CONTRIBUTING.md").read_text()
EDIT = re.compile(r"<!-- edit: (?P<how>new|end|before|after|replace) (?P<file>\S+)(?: (?P<anchor>.*?))? -->\n$")
RUN = re.compile(r"<!-- run: (?P<arguments>.*?) -->\n$")
SECTIONS = dict(re.findall(r"^## (A new .*?)\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S))
TRIED = [title for title, body in SECTIONS.items() if "<!-- edit: " in body]


@dataclass(frozen=True)
class Checkout:
    """A copy of what a contributor edits."""

    folder: Path

    def edit(self, how: str, file: str, anchor: str | None, code: str) -> None:
        """Makes the file, adds to its end, or puts code before, after or in place of the one line with the anchor."""
        path = self.folder / file
        if how == "new":
            assert not path.exists(), file
            path.write_text(code)
        elif how == "end":
            path.write_text(path.read_text() + code)
        else:
            lines = path.read_text().splitlines(keepends=True)
            (place,) = [number for number, line in enumerate(lines) if anchor in line]
            lines[place + (how == "after") : place + (how != "before")] = [code]
            path.write_text("".join(lines))

    def run(self, command: list[str]) -> None:
        program, *arguments = command
        if program == "pytest":
            tested = subprocess.run([sys.executable, "-m", *command], cwd=self.folder, env=self.environment)
            assert tested.returncode == 0
        else:
            outcome = script(*arguments, cwd=self.folder, PYTHONPATH=str(self.folder / "src"))
            assert outcome.status == 0, outcome.err

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.folder / "src")}

    def lint(self) -> None:
        for arguments in (["format", "--quiet"], ["check", "--quiet"]):
            subprocess.run([sys.executable, "-m", "ruff", *arguments, "src", "tests"], cwd=self.folder, check=True)


@pytest.fixture
def copy(tmp_path) -> Checkout:
    for name in ("src", "conf", "tests"):
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    return Checkout(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("title", TRIED)
def test_the_steps_of_a_section_work(copy, title):
    body = SECTIONS[title]
    for match in BLOCK.finditer(body):
        before = body[: match.start()]
        if edit := EDIT.search(before):
            copy.edit(edit["how"], edit["file"], edit["anchor"], match["code"])
        elif run := RUN.search(before):
            for line in match["code"].splitlines():
                copy.run(replaced(shlex.split(line), run["arguments"].split()))
    copy.lint()
