"""`narrows fetch`: downloads a data set, for instance before a machine goes offline."""

from collections.abc import Sequence

from narrows.app.arguments import Argument, Usage
from narrows.config.catalogue import CATALOGUE
from narrows.paths import data_root

USAGE = Usage(
    "fetch",
    "Download a data set, unless its files are there already. Training does so by itself where they are missing.",
    operand=(
        "NAME",
        Argument("the data set", choices=tuple(name for name, entry in CATALOGUE.items() if entry.folder)),
    ),
    options={"root": Argument("folder of all data sets; by default NARROWS_DATA_DIR, else data")},
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows fetch ARGUMENTS`."""
    given = USAGE.parse(arguments)
    from narrows.data.sources import load  # imports torch, 3 s

    root = given.options["root"] or data_root()
    dataset = load(given.operand, root)
    print(f"{given.operand}: {len(dataset.train)} training and {len(dataset.test)} test images below {root}")
