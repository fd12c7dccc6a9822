"""The differences between Hydra 1.3 and 1.4, which needs OmegaConf 2.4."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import hydra
from omegaconf import OmegaConf

_IS_1_3 = hydra.__version__.startswith("1.3.")

#: 1.3 behaves like 1.1 unless it is told otherwise; 1.4 has one behaviour and deprecates the argument.
VERSION_BASE: dict[str, str] = {"version_base": "1.3"} if _IS_1_3 else {}

#: OmegaConf 2.3 has a `register_resolver` as well, an older one that passes strings only.
register_resolver: Any = OmegaConf.register_new_resolver if _IS_1_3 else OmegaConf.register_resolver


def trusted_targets(*targets: str) -> AbstractContextManager[Any]:
    """Inside, Hydra 1.4 makes objects of these classes only, beside its plugins, where a config has a `_target_`."""
    if _IS_1_3:
        return nullcontext()
    from hydra.utils import execution_whitelist  # type: ignore[attr-defined] # new in 1.4

    whitelist: AbstractContextManager[Any] = execution_whitelist(targets)
    return whitelist
