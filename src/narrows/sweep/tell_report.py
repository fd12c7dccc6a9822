"""What a finished sweep prints: its answer, its page, and links into TensorBoard."""

from pathlib import Path

from narrows import report
from narrows.board import links


def tell_report(folder: Path) -> None:
    """Print the report of the study in `folder`, which has been written."""
    print(f"{report.summary_text(folder)}\n\n{folder / report.NAME / 'report.html'}")
    print(f"\nnarrows board {folder}   starts TensorBoard; then\n{links.text(links.links(folder))}")
