"""`narrows report`: writes the report of a study from its records."""

from collections.abc import Sequence
from pathlib import Path

from narrows import report
from narrows.app.arguments import Argument, Usage
from narrows.report import widths

USAGE = Usage(
    "report",
    "Write the report of a study into FOLDER/report: tables, figures and a page. A multirun does so when it ends.",
    operand=("FOLDER", Argument("the study's folder, with study.json in it")),
    options={widths.KEY: Argument("the width at which figures are printed", widths.DEFAULT, widths.MEANINGS)},
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows report ARGUMENTS`."""
    given = USAGE.parse(arguments)
    folder = Path(given.operand)
    page = report.write(folder, given.options[widths.KEY])
    print(f"{report.summary_text(folder)}\n\n{page}")
