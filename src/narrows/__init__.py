"""narrows: how narrow can the middle of an autoencoder be, and what does it cost?

    import narrows

    trained = narrows.fit(X, bottleneck=2)      arrays in, a trained autoencoder out
    trained.codes(X), trained.reconstruct(X)    arrays again
    narrows.sweep(X, {"bottleneck": [2, 8], "seed": range(5)}).report()

`narrows.sklearn` has the same as estimators of scikit-learn. The command line is `narrows train`.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrows import sklearn
    from narrows.app.compose import configure
    from narrows.errors import Diverged, UserError
    from narrows.evaluation.support.external_data import read
    from narrows.front.fit_arrays import fit
    from narrows.front.studies import StudyResults, study
    from narrows.front.sweep_grid import sweep
    from narrows.models.autoencoder import Autoencoder
    from narrows.runs.checkpoint import load
    from narrows.trained.opened import open_run as open  # noqa: A004, F401 - as gzip.open
    from narrows.trained.trained_autoencoder import TrainedAutoencoder

__version__ = version("narrows")
#: Without `open`, which `from narrows import *` would put in the place of Python's.
__all__ = [
    "Autoencoder", "Diverged", "StudyResults", "TrainedAutoencoder", "UserError", "__version__", "configure", "fit",
    "load", "read", "sklearn", "study", "sweep",
]  # fmt: skip

#: Module of each public name, and the name in it where that is another one.
_MODULES = {
    "Autoencoder": "narrows.models.autoencoder",
    "Diverged": "narrows.errors",
    "StudyResults": "narrows.front.studies",
    "TrainedAutoencoder": "narrows.trained.trained_autoencoder",
    "UserError": "narrows.errors",
    "configure": "narrows.app.compose",
    "fit": "narrows.front.fit_arrays",
    "load": "narrows.runs.checkpoint",
    "open": "narrows.trained.opened:open_run",
    "read": "narrows.evaluation.support.external_data",
    "study": "narrows.front.studies",
    "sweep": "narrows.front.sweep_grid",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the signature Python asks for (PEP 562)
    """Import a public name when it is used: torch takes 3 s to import, and checking a config does not need it."""
    if name == "sklearn":
        return import_module("narrows.sklearn")
    if name not in _MODULES:
        raise AttributeError(f"module 'narrows' has no attribute {name!r}")
    module, _, attribute = _MODULES[name].partition(":")
    return getattr(import_module(module), attribute or name)


def __dir__() -> list[str]:
    return sorted([*__all__, "open"])
