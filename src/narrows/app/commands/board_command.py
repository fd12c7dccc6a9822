"""`narrows board`: TensorBoard for a study, with links to its most useful pages."""

from collections.abc import Sequence
from pathlib import Path

from narrows.app.arguments import Argument, Usage
from narrows.errors import UserError

USAGE = Usage(
    "board",
    "Show studies and runs in TensorBoard, reachable from this machine only. Ctrl-C stops it.",
    operand=("FOLDER", Argument("the folders of studies or runs, or outputs for all of them")),
    several=True,
    settings={
        "--port": Argument("the port; by default 6006, or any free one if that is taken"),
        "--host": Argument("the address of this machine to serve on", "127.0.0.1"),
    },
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows board ARGUMENTS`."""
    given = USAGE.parse(arguments)
    folders = [Path(operand) for operand in (given.operand, *given.others)]
    port = _port(given.options["--port"])
    from narrows.board import links, server, shown  # imports TensorBoard, 1 s

    with shown.linked(folders) as tree:
        address = server.start(tree, given.options["--host"], port)
        print(f"{address}  (Ctrl-C stops it)\n\n{links.text(links.links(*folders, address=address))}", flush=True)
        server.wait(refresh=lambda: shown.link(folders, tree))


def _port(text: str) -> int | None:
    """The port, None if none was given. Raises UserError for what is no port."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535):
        raise UserError(f"--port {text}: must be a whole number from 1 to 65535")
    return int(text)
