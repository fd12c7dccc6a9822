"""What determines the numbers of a run: its config, its data and the code's results number.

Two runs with equal determinants must give the same weights, curves and, for equal evaluations, the same metrics. Which
evaluations a run has is no determinant, since a finished run can be evaluated further. Compare determinants, and not
the fingerprints in records, which versions of this program compute differently.
"""

from collections.abc import Callable, Mapping
from typing import Any

from narrows.config.schema import Config

#: The key of the list of evaluations, which is part of a run's identity but determines nothing of its training.
EVALUATION = "evaluation"

#: The results number of records and checkpoints that have none: those of version 0.1.0.
FIRST_RESULTS = 1


def _denoises_layer_by_layer(config: Mapping[str, Any]) -> bool:
    return config.get("pretrain.name") == "layerwise" and config.get("corruption.name", "none") != "none"


#: Later results numbers, each with the condition on a config, by dotted key, under which it changed the numbers. Add
#: one in a commit after which the same config, data and seed give other numbers: finished runs of such configs are then
#: trained again, and checkpoints of unfinished ones are not continued. Do not add one for a release, a new knob with a
#: neutral value, a faster program with the same numbers, or an additional metric.
CHANGES: dict[int, Callable[[Mapping[str, Any]], bool]] = {
    2: _denoises_layer_by_layer,  # each pair of layers corrupts its own input, and not the pixels
}

#: The results number of this code.
RESULTS = max(CHANGES)


def determinants(config: Config) -> dict[str, Any]:
    """The determinants of a run that is about to start, by dotted key."""
    return recorded_determinants(config.model_dump(), config.data.entry.checksum, RESULTS)


def recorded_determinants(config: Mapping[str, Any], checksum: str, results: int) -> dict[str, Any]:
    """The determinants of a recorded run, from the config, the data's checksum and the results number in its record.

    The config is not validated and the data are not opened.
    """
    identity = {key: value for key, value in Config.identity_of(config).items() if key != EVALUATION}
    return identity | {"checksum": checksum, "results": _last_change(identity, results)}


def _last_change(identity: Mapping[str, Any], results: int) -> int:
    """The highest results number, up to `results`, that changed the numbers of this config."""
    numbers = [number for number, concerns in CHANGES.items() if number <= results and concerns(identity)]
    return max(numbers, default=FIRST_RESULTS)
