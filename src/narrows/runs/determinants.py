"""What determines the numbers of a run: its config, its data and the code's results number.

Two runs with equal determinants must give the same weights, curves and, for equal evaluations, the same metrics. Which
evaluations a run has is no determinant, since a finished run can be evaluated further. Compare determinants, and not
the fingerprints in records, which versions of this program compute differently.
"""

from collections.abc import Mapping
from typing import Any

from narrows.config.schema import Config

#: The key of the list of evaluations, which is part of a run's identity but determines nothing of its training.
EVALUATION = "evaluation"

#: The results number. Raise it by 1 in a commit after which the same config, data and seed give other numbers: finished
#: runs are then trained again, and checkpoints of unfinished ones are not continued. Do not raise it for a release, a
#: new knob with a neutral value, a faster program with the same numbers, or an additional metric.
RESULTS = 1

#: The results number of records and checkpoints that have none: those of version 0.1.0.
FIRST_RESULTS = 1


def determinants(config: Config) -> dict[str, Any]:
    """The determinants of a run that is about to start, by dotted key."""
    return recorded_determinants(config.model_dump(), config.data.entry.checksum, RESULTS)


def recorded_determinants(config: Mapping[str, Any], checksum: str, results: int) -> dict[str, Any]:
    """The determinants of a recorded run, from the config, the data's checksum and the results number in its record.

    The config is not validated and the data are not opened.
    """
    identity = {key: value for key, value in Config.identity_of(config).items() if key != EVALUATION}
    return identity | {"checksum": checksum, "results": results}
