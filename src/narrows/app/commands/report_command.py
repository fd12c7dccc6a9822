"""`narrows report`: writes the report of a study, or of several together, from their records."""

from collections.abc import Sequence
from pathlib import Path

from narrows import report
from narrows.app.arguments import Argument, Usage
from narrows.report import widths

MEANING = (
    f"the width at which figures are printed; by default that of the report in FOLDER, {widths.DEFAULT} for a new one"
)
USAGE = Usage(
    "report",
    "Write the report of a study into FOLDER/report: tables, figures and a page. A multirun does so when it ends.\n"
    "The report of several folders shows their studies side by side, in a folder of its own.",
    operand=("FOLDER", Argument("a study's folder, with study.json in it")),
    options={widths.KEY: Argument(MEANING, choices=widths.MEANINGS)},
    several=True,
    settings={"--out": Argument("the folder of the report, instead of FOLDER/report; needed for several folders")},
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows report ARGUMENTS`."""
    given = USAGE.parse(arguments)
    out = given.options["--out"]
    folders = [Path(folder) for folder in (given.operand, *given.others)]
    print(report.write(*folders, width=given.options[widths.KEY] or None, out=Path(out) if out else None))
