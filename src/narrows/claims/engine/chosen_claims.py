"""Which claims are tested, and how their page is published."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from narrows.claims import CLAIMS
from narrows.claims.engine.claim import Claim, claim
from narrows.errors import UserError
from narrows.report import publishing


def chosen(numbers: Sequence[str]) -> list[Claim]:
    """The claims of these numbers, all if there are none. Raises UserError for a number that does not exist."""
    for number in numbers:
        if number not in map(str, CLAIMS):
            raise UserError(f"only={number}: choose from {', '.join(map(str, CLAIMS))}")
    return [claim(number) for number in sorted(map(int, numbers or CLAIMS))]


def publish(out: Path, docs: Path) -> None:
    """Replace all of `docs` by the page in `out` and its figures."""
    shutil.rmtree(docs, ignore_errors=True)
    publishing.publish(out / "claims.md", docs)
