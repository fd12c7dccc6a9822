"""Trains the studies of the claims through the command line, and publishes the page."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from narrows.claims import CLAIMS
from narrows.claims.engine.claim import Claim, claim
from narrows.config.typed_text import quoted
from narrows.errors import UserError
from narrows.report.page import FIGURES

SIZES = ("smoke", "quick", "full")


def chosen(numbers: Sequence[str]) -> list[Claim]:
    """The claims of these numbers, all if there are none. Raises UserError for a number that does not exist."""
    for number in numbers:
        if number not in map(str, CLAIMS):
            raise UserError(f"only={number}: choose from {', '.join(map(str, CLAIMS))}")
    return [claim(number) for number in sorted(map(int, numbers or CLAIMS))]


def study(claims: Sequence[Claim], size: str, folder: Path, overrides: Sequence[str]) -> None:
    """Train every study of the claims in `folder`/<its name>; a study that two claims share is trained once.

    A failed run does not stop the others. Raises UserError for overrides that are refused, KeyboardInterrupt when a
    study was interrupted.
    """
    for name in dict.fromkeys(name for tested in claims for name in tested.studies):
        arguments = [
            "-m",
            f"study=claims/{name}",
            f"size={size}",
            f"hydra.sweep.dir={quoted(str(folder / name))}",
            *overrides,
        ]
        print(f"\n== {name}", flush=True)
        status = subprocess.run([sys.executable, "-m", "narrows", "train", *arguments]).returncode
        if status == 2:
            raise UserError(f"study=claims/{name}: refused, see above")
        if status not in (0, 1):
            raise KeyboardInterrupt


def publish(out: Path, repository: Path) -> None:
    """Replace the repository's docs/claims/ by the page in `out` and its figures."""
    docs = repository / "docs" / "claims"
    shutil.rmtree(docs, ignore_errors=True)
    shutil.copytree(out / FIGURES, docs / FIGURES, ignore=shutil.ignore_patterns("*.pdf"))
    shutil.copy(out / "claims.md", docs / "README.md")
