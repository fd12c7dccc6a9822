"""Keywords of `narrows.fit` for the smallest run that still trains."""

from typing import Any

FEW: dict[str, Any] = {"max_epochs": 2, "widths": [16], "progress": False}
