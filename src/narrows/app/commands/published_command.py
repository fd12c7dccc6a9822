"""`narrows published`: repeat the published numbers of papers, and write the page that compares them."""

import shlex
from collections.abc import Sequence
from contextlib import redirect_stdout
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.app import studies_in_turn
from narrows.errors import UserError
from narrows.paths import checkout, writable
from narrows.published import archive
from narrows.published.archive import RUNS, Runs
from narrows.published.paper import FULL
from narrows.published.papers import GROUP, chosen, papers
from narrows.published.protocol import Protocol
from narrows.report.publishing import publish

if TYPE_CHECKING:
    from narrows.app.from_python import PlannedSweep

USAGE = studies_in_turn.usage(
    "published",
    "Repeat what papers have published: train the study of each paper",
    size="full (the papers' protocols), quick (cut to minutes; only orders are compared) or smoke",
    only="papers whose studies are trained, such as gelu2016,keras_blog; by default all; none: no one",
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows published ARGUMENTS`."""
    _, options, flags, overrides = USAGE.parse(arguments)
    size, names = studies_in_turn.known_size(options["size"]), _names(options["only"])
    docs = _docs(size) if options["publish"] == "true" else None
    out = Path(options["out"]) / size
    writable(out, "out")
    overrides = [f"hydra/launcher={options['launcher']}", *overrides]
    dry = ["sweep.dry=true"] if flags else []
    studies_in_turn.train(GROUP, names, size, out, [*overrides, *dry])
    if flags:
        return
    from narrows.published import ledger_page as page

    runs = {name: _runs(name, out) if size == FULL else archive.trained(out / name) for name in papers()}
    pages = page.write(runs, out, size, partial(_cost, out=out), _without_places(arguments))
    if docs:
        for of_paper in runs.values():
            archive.publish(of_paper, docs)
        publish(out / "published.md", docs)  # other files there, such as records.md, stay
    print(f"\n{page.ledger(pages).to_markdown(index=False, disable_numparse=True)}\n\n{out / 'published.html'}")


def _names(only: str) -> list[str]:
    return [] if only == "none" else chosen([name for name in only.split(",") if name])


def _docs(size: str) -> Path:
    """The folder of the published page. Raises UserError without a checkout, or for a cut protocol."""
    if size != FULL:
        raise UserError(f"publish=true with size={size}: only the papers' protocols are published, size=full")
    return studies_in_turn.docs("published")


def _without_places(arguments: Sequence[str]) -> str:
    """The command without paths of this machine."""
    return shlex.join(
        ["narrows", "published", *(text for text in arguments if not archive.is_place(text.partition("=")[2]))]
    )


def _runs(name: str, out: Path) -> Runs:
    """The runs that repeat a paper, the archived ones and those in `out`, as they would be archived."""
    repository = checkout()
    archived = repository / "docs" / "published" / RUNS / name if repository else None

    def planning(seeds: Sequence[int]) -> Protocol:
        sweep = _sweep(name, out, tuple(seeds))
        return Protocol(sweep.study, {job.name: job.config for job in sweep.jobs if job.config})

    (out / RUNS).mkdir(exist_ok=True)
    command = f"narrows published size={FULL} only={name}"
    return archive.collect(planning, archived, out / name, out / RUNS / name, command)


def _cost(name: str, out: Path) -> str:
    return _sweep(name, out).time_left()


@cache
def _sweep(name: str, out: Path, seeds: tuple[int, ...] = ()) -> "PlannedSweep":
    """The study of a paper in the full size, with these seeds or those of its file.

    Raises UserError if a run of it is not valid here, for want of a package or of its data.
    """
    from narrows.app.from_python import planned_sweep

    typed = [f"seed={','.join(map(str, seeds))}"] if seeds else []
    with redirect_stdout(None):  # what a sweep says of its logging
        sweep = planned_sweep([f"study={GROUP}/{name}", f"size={FULL}", *typed], out / name)
    if error := next((job.error for job in sweep.jobs if job.error), ""):
        raise UserError(f"study={GROUP}/{name}: {error}")
    return sweep
