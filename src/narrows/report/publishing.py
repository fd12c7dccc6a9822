"""Copies a page and its figures into the documents of a checkout."""

import shutil
from pathlib import Path

from narrows.report.page import FIGURES


def publish(page: Path, docs: Path) -> None:
    """Replace README.md and the figures in `docs` by `page`, a file of Markdown, and the figures beside it."""
    shutil.rmtree(docs / FIGURES, ignore_errors=True)
    shutil.copytree(page.parent / FIGURES, docs / FIGURES, ignore=shutil.ignore_patterns("*.pdf"))
    shutil.copy(page, docs / "README.md")
