"""The page of claims: test, figure, numbers and verdict of each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pandas import DataFrame

from narrows.claims.engine import published
from narrows.claims.engine.claim import Claim
from narrows.claims.engine.outcome import RULE
from narrows.claims.engine.section import Section, section
from narrows.report.origins import run_origins
from narrows.report.page import FIGURES, environment

TITLE = "What is the code good for?"
INTRODUCTION = (
    "Claims about autoencoders, each decided by one comparison that was planned before the runs that it is about. "
    "size=quick means few images and few epochs, and its outcomes are about autoencoders trained like that; size=full "
    "is as for a paper."
)
NOTES = (
    "Differences are those of the first method from the second, with 95 % intervals. The strongest baseline "
    "is the best of all under the same condition; beside it is the difference of the claim's method from it. "
    "Seeds vary the initialisation and the order of batches, while training and test images are fixed: the "
    "intervals do not cover other images. Settings of quick studies were changed after trials with the same "
    "seeds: because a control failed (claims 1, 3, 5 and 12: learning rates, initialisation, activation, "
    "number of steps, and in claim 3 the bottleneck) or because networks were undertrained (claims 2, 6, 7, "
    "8, 9 and 10: learning rates and initialisation; in claim 7 after a look at its areas). In claim 10 a "
    "control first left the rounding error out. Runs whose settings changed were trained again; no other "
    "contrast was changed. Tables below the first one are exploratory: each 95 % interval (Student t) is for "
    "one number, without correction; p is corrected by Holm's method over the rows of its table. A number "
    "without ± is the same for all its seeds."
)


def overview(sections: Sequence[Section]) -> DataFrame:
    """A row for each claim."""
    return DataFrame([section.row for section in sections])


def write(claims: Sequence[Claim], folder: Path, out: Path, command: str) -> list[Section]:
    """Write `claims.html` (one file), `claims.md` (beside its figures) and `numbers/` into `out`.

    The studies are in `folder`, named as below conf/study/claims/. Raises UserError for a study that cannot be read.
    """
    (out / FIGURES).mkdir(parents=True, exist_ok=True)
    sections = [section(claim, folder, out / FIGURES) for claim in claims]
    content = _content(sections, command)
    for file in ("claims.html", "claims.md"):
        template = environment(out, "narrows.claims.engine").get_template(f"{file}.jinja")
        (out / file).write_text(template.render(content), encoding="utf-8")
    _write_tables(sections, out / "numbers")
    return sections


def _content(sections: Sequence[Section], command: str) -> dict[str, Any]:
    """The variables of the templates."""
    grids = {name: grid for part in sections for name, grid in part.grids.items()}  # a shared study once
    return {
        "title": TITLE,
        "introduction": INTRODUCTION,
        "rule": f"{NOTES} {RULE}",
        "overview": overview(sections),
        "sections": sections,
        "published": published.comparison(
            [(part.claim, part.evidence.tables) for part in sections if part.evidence], grids
        ),
        "published_notes": published.NOTES,
        "provenance": {"command": command} | run_origins(grids.values()),
    }


def _write_tables(sections: Sequence[Section], folder: Path) -> None:
    """Every table as CSV, not rounded."""
    folder.mkdir(exist_ok=True)
    overview(sections).to_csv(folder / "outcomes.csv", index=False)
    for part in sections:
        for name, rows in (part.evidence.tables if part.evidence else {}).items():
            rows.to_csv(folder / f"{part.claim.name}-{name}.csv", index=False)
