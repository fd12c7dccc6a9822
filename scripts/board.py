"""Show a study in TensorBoard, on this machine alone: python scripts/board.py outputs/<study>"""

import argparse
import sys
from pathlib import Path

from narrows.board import links
from narrows.errors import UserError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of a study or a run, or outputs for all of them")
    folder = parser.parse_args().folder
    try:
        from narrows.board import server  # after --help: a second

        address = server.start(folder)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{address}  (Ctrl-C stops it)\n\n{links.text(links.links(folder, address))}", flush=True)
    server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
