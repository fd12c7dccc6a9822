"""The differences between Hydra 1.3 and 1.4, which needs OmegaConf 2.4."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import hydra
from omegaconf import OmegaConf

_IS_1_3 = hydra.__version__.startswith("1.3.")

#: Without this argument 1.3 behaves like 1.1; 1.4 has one behaviour and deprecates the argument.
VERSION_BASE: dict[str, str] = {"version_base": "1.3"} if _IS_1_3 else {}

#: In OmegaConf 2.3 `register_resolver` is an older function, whose resolvers receive strings only.
register_resolver: Any = OmegaConf.register_new_resolver if _IS_1_3 else OmegaConf.register_resolver


def trusted_targets(*targets: str) -> AbstractContextManager[Any]:
    """Lets Hydra 1.4 instantiate these classes, given as `_target_` in a config; else it instantiates only plugins."""
    if _IS_1_3:
        return nullcontext()
    from hydra.utils import execution_whitelist  # type: ignore[attr-defined] # new in 1.4

    whitelist: AbstractContextManager[Any] = execution_whitelist(targets)
    return whitelist
