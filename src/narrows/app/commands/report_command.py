"""`narrows report`: writes the report of a study from its records."""

from collections.abc import Sequence
from pathlib import Path

from narrows import report
from narrows.app.arguments import Argument, Usage

USAGE = Usage(
    "report",
    "Write the report of a study into FOLDER/report: tables, figures and a page. A multirun does so when it ends.",
    operand=("FOLDER", Argument("the study's folder, with study.json in it")),
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows report ARGUMENTS`."""
    folder = Path(USAGE.parse(arguments).operand)
    page = report.write(folder)
    print(f"{report.summary_text(folder)}\n\n{page}")
