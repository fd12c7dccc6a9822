"""Claims from question to page: their studies through the command line, then what they left."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from narrows.claims import CLAIMS
from narrows.claims.engine import claims_page as page
from narrows.claims.engine.claim import Claim, claim
from narrows.errors import UserError
from narrows.report.page import FIGURES

SIZES = ("smoke", "quick", "full")
MARKS = ("<!-- claims: narrows claims writes this table -->", "<!-- end of claims -->")


def chosen(numbers: Sequence[str]) -> list[Claim]:
    """The claims of these numbers, all for none. Raises UserError for one that does not exist."""
    for number in numbers:
        if number not in map(str, CLAIMS):
            raise UserError(f"only={number}: choose from {', '.join(map(str, CLAIMS))}")
    return [claim(number) for number in sorted(map(int, numbers or CLAIMS))]


def study(claims: Sequence[Claim], size: str, folder: Path, overrides: Sequence[str]) -> None:
    """Bring every study of the claims to its end, each in `folder` by its name; one that two claims share runs once.

    A run that fails stops nothing. Raises UserError for overrides that are refused, KeyboardInterrupt for a signal.
    """
    for name in dict.fromkeys(name for one in claims for name in one.studies):
        arguments = ["-m", f"study=claims/{name}", f"size={size}", f"hydra.sweep.dir={folder / name}", *overrides]
        print(f"\n== {name}", flush=True)
        status = subprocess.run([sys.executable, "-m", "narrows", "train", *arguments]).returncode
        if status == 2:
            raise UserError(f"study=claims/{name}: refused, see above")
        if status not in (0, 1):
            raise KeyboardInterrupt


def publish(sections: Sequence[page.Section], out: Path, repository: Path) -> None:
    """Copy the page into the repository's docs/claims/ and its overview into the README, between the two marks."""
    docs, readme = repository / "docs" / "claims", repository / "README.md"
    shutil.rmtree(docs, ignore_errors=True)
    shutil.copytree(out / FIGURES, docs / FIGURES, ignore=shutil.ignore_patterns("*.pdf"))
    shutil.copy(out / "claims.md", docs / "README.md")
    before, _, rest = readme.read_text(encoding="utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    overview = page.overview(sections).to_markdown(index=False, disable_numparse=True)
    readme.write_text(f"{before}{MARKS[0]}\n\n{overview}\n\n{MARKS[1]}{after}", encoding="utf-8")
