"""Interpolations on the command line, such as `seed=${hydra:job.num}`: which of them vary, and what was typed."""

import re
from typing import Any, Literal

from hydra.conf import HydraConf
from omegaconf import DictConfig, OmegaConf

#: Those whose value depends on the job, the time or the process.
VARYING = re.compile(r"\$\{\s*(?:hydra|now|oc\.env)\s*:")


def is_varying(value: object) -> bool:
    """Whether a value as typed, or one of a list, is resolved differently by different jobs or processes."""
    return VARYING.search(str(value)) is not None


def typed_overrides(hydra: DictConfig | HydraConf, of: Literal["task", "hydra"] = "task") -> list[str]:
    """The overrides of the command line as typed, which a loop over the section `hydra` would resolve."""
    texts: Any = OmegaConf.to_container(hydra.overrides[of], resolve=False)  # type: ignore[index] # a DictConfig
    return list(texts)
