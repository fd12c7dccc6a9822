"""`narrows published`: repeat the published numbers of papers, and write the page that compares them."""

import shlex
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from narrows.app import studies_in_turn
from narrows.app.arguments import Argument, Usage
from narrows.errors import UserError
from narrows.paths import checkout, writable
from narrows.published.papers import GROUP, chosen

SIZES = ("smoke", "quick", "full")

USAGE = Usage(
    "published",
    "Repeat what papers have published: train the study of each paper, write OUT/SIZE/published.html.\n"
    "Repeating the command trains only the runs that are not done.",
    options={
        "size": Argument("full (the papers' protocols), quick (cut to minutes; only orders are compared) or smoke"),
        "only": Argument("papers whose studies are trained, such as gelu2016,keras_blog; by default all; none: no one"),
        "launcher": Argument("Hydra's launcher for the runs: fleet, basic, joblib, …", "fleet"),
        "out": Argument("folder of the studies and the page", "outputs/published"),
        "publish": Argument("true: also write docs/published", "false", choices=("false", "true")),
    },
    flags={"--dry": "list the runs, which of them are done, and an estimate of the time; train nothing"},
    other_keys="any key of narrows train, for all runs",
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows published ARGUMENTS`."""
    _, options, flags, overrides = USAGE.parse(arguments)
    size, names = _size(options["size"]), _names(options["only"])
    docs = _docs() if options["publish"] == "true" else None
    out = Path(options["out"]) / size
    writable(out, "out")
    overrides = [f"hydra/launcher={options['launcher']}", *overrides]
    dry = ["sweep.dry=true"] if flags else []
    studies_in_turn.train(GROUP, names, size, out, [*overrides, *dry])
    if flags:
        return
    from narrows.published import ledger_page as page

    cost = partial(studies_in_turn.estimate, GROUP, size="full", folder=out, overrides=overrides)
    papers = page.write(out, out, size, cost, shlex.join(["narrows", "published", *arguments]))
    if docs:
        _publish(out, docs)
    print(f"\n{page.ledger(papers).to_markdown(index=False, disable_numparse=True)}\n\n{out / 'published.html'}")


def _size(size: str) -> str:
    if size not in SIZES:
        raise UserError(f"size={size or '…'}: choose from {', '.join(SIZES)}")
    return size


def _names(only: str) -> list[str]:
    return [] if only == "none" else chosen([name for name in only.split(",") if name])


def _docs() -> Path:
    """The folder of the published page. Raises UserError without a checkout."""
    repository = checkout()
    if repository is None:
        raise UserError("publish=true: writes into docs/published of a checkout, and narrows is installed without one")
    return repository / "docs" / "published"


def _publish(out: Path, docs: Path) -> None:
    """Replace the page in `docs` and its figures by those in `out`; other files, such as records.md, stay."""
    shutil.rmtree(docs / "figures", ignore_errors=True)
    shutil.copytree(out / "figures", docs / "figures", ignore=shutil.ignore_patterns("*.pdf"))
    shutil.copy(out / "published.md", docs / "README.md")
