"""Optional packages, which extras of pyproject.toml install."""

from importlib.util import find_spec

from narrows.errors import UserError


def require(what: str, extra: str, *modules: str) -> None:
    """Raise UserError if one of these top-level modules is not installed; `what` begins the message."""
    for module in modules:
        if find_spec(module) is None:
            raise UserError(f"{what}: needs the package {module}; pip install 'narrows[{extra}]' installs it")
