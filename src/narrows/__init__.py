"""narrows: how narrow can the middle of an autoencoder be, and what does it cost?"""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrows.app.compose import configure
    from narrows.evaluation.support.external_data import read
    from narrows.models.autoencoder import Autoencoder
    from narrows.runs.checkpoint import load

__version__ = version("narrows")
__all__ = ["Autoencoder", "__version__", "configure", "load", "read"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the signature Python asks for (PEP 562)
    """Import torch (3 s) only for those who use it: checking a config must not wait for it."""
    if name == "load":
        from narrows.runs.checkpoint import load

        return load
    if name == "configure":
        from narrows.app.compose import configure

        return configure
    if name == "read":
        from narrows.evaluation.support.external_data import read

        return read
    if name == "Autoencoder":
        from narrows.models.autoencoder import Autoencoder

        return Autoencoder
    raise AttributeError(f"module 'narrows' has no attribute {name!r}")
