"""Optional packages, which extras of pyproject.toml install."""

from importlib.util import find_spec

from narrows.errors import UserError


def require(what: str, extra: str, *modules: str) -> None:
    """Raise UserError if one of these top-level modules is not installed; `what` begins the message."""
    for module in modules:
        if not _installed(module):
            raise UserError(f"{what}: needs the package {module}; pip install 'narrows[{extra}]' installs it")


def _installed(module: str) -> bool:
    """Also false for a mere folder of this name, such as that which wandb makes in the working folder."""
    spec = find_spec(module)
    return spec is not None and spec.origin is not None
