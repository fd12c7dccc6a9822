"""`narrows board`: TensorBoard for a study, with links to its most useful pages."""

from collections.abc import Sequence
from pathlib import Path

from narrows.app.arguments import Argument, Usage

USAGE = Usage(
    "board",
    "Show a study in TensorBoard, reachable from this machine only. Ctrl-C stops it.",
    operand=("FOLDER", Argument("the folder of a study or a run, or outputs for all of them")),
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows board ARGUMENTS`."""
    folder = Path(USAGE.parse(arguments).operand)
    from narrows.board import links, server  # imports TensorBoard, 1 s

    address = server.start(folder)
    print(f"{address}  (Ctrl-C stops it)\n\n{links.text(links.links(folder, address))}", flush=True)
    server.wait()
