"""Write the report of a study: python scripts/report.py outputs/<study>"""

import argparse
import sys
from pathlib import Path

from narrows import report
from narrows.errors import UserError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the study's folder, with study.json in it")
    folder = parser.parse_args().folder
    try:
        page = report.write(folder)
        print(f"{report.summary_text(folder)}\n\n{page}")
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
