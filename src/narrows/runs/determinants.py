"""What determines the numbers of a run: its config, its data and the code's results number.

Two runs with equal determinants must give the same numbers. They are compared as what a record or a checkpoint says,
not as the stored fingerprint, whose ingredients have changed and may change again.
"""

from collections.abc import Mapping
from typing import Any

from narrows.config.schema import Config

#: The results number. Raise it by 1 in a commit after which the same config, data and seed give other numbers: finished
#: runs then count as trained with another configuration, and their checkpoints are not continued. Not for a release, a
#: new knob with a neutral value, a faster program with the same numbers, or more that is measured.
RESULTS = 1

#: What a record or checkpoint without a results number has: those of version 0.1.0.
FIRST_RESULTS = 1


def determinants(config: Config) -> dict[str, Any]:
    """Those of a run that is about to start, by dotted key."""
    return recorded_determinants(config.model_dump(), config.data.entry.checksum, RESULTS)


def recorded_determinants(config: Mapping[str, Any], checksum: str, results: int) -> dict[str, Any]:
    """Those of a run that was: the plain values of its config, its data's checksum and results number as written.

    Nothing is validated and the data are not opened.
    """
    return Config.identity_of(config) | {"checksum": checksum, "results": results}
