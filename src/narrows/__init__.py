"""narrows: how narrow can the middle of an autoencoder be, and what does it cost?"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrows.app.compose import configure
    from narrows.evaluation.support.external_data import read
    from narrows.models.autoencoder import Autoencoder
    from narrows.runs.checkpoint import load

__version__ = version("narrows")
__all__ = ["Autoencoder", "__version__", "configure", "load", "read"]

#: Module of each public name.
_MODULES = {
    "Autoencoder": "narrows.models.autoencoder",
    "configure": "narrows.app.compose",
    "load": "narrows.runs.checkpoint",
    "read": "narrows.evaluation.support.external_data",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the signature Python asks for (PEP 562)
    """Import a public name when it is used: torch takes 3 s to import, and checking a config does not need it."""
    if name not in _MODULES:
        raise AttributeError(f"module 'narrows' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
