"""`narrows published`: repeat the published numbers of papers, and write the page that compares them."""

import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from narrows.app import studies_in_turn
from narrows.errors import UserError
from narrows.published.papers import FULL, GROUP, chosen, papers

USAGE = studies_in_turn.usage(
    "published",
    "Repeat what papers have published: train the study of each paper",
    size="full (the papers' protocols), quick (cut to minutes; only orders are compared) or smoke",
    only="papers whose studies are trained, such as gelu2016,keras_blog; by default all; none: no one",
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows published ARGUMENTS`."""
    _, options, flags, overrides = USAGE.parse(arguments)
    size = studies_in_turn.known_size(options["size"])
    names = _names(options["only"])
    docs = _docs(size) if options["publish"] == "true" else None
    out = studies_in_turn.train_or_plan(GROUP, names, options, flags, overrides)
    if out is None:
        return
    from narrows.app import ledger_runs
    from narrows.published import archive
    from narrows.published import ledger_page as page
    from narrows.report.publishing import publish

    runs = {name: ledger_runs.runs(name, size, out) for name in papers()}
    typed = [text for text in arguments if not archive.is_place(text.partition("=")[2])]
    pages = page.write(
        runs, out, size, partial(ledger_runs.cost, out=out), shlex.join(["narrows", "published", *typed])
    )
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
