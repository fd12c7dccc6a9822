"""Packages of the extra `claims`, imported only where they are used."""

import importlib
from typing import Any

from narrows.errors import UserError


def optional(module: str, package: str, evaluation: str) -> Any:  # noqa: ANN401 - a module
    """The module, for an evaluation. Raises UserError if its package is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != module.partition(".")[0]:
            raise
        message = f"evaluation={evaluation}: the package {package} is missing; pip install 'narrows[claims]'"
        raise UserError(message) from error
