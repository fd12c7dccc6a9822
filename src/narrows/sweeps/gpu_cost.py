"""What a fleet costs on a GPU, from times measured on one NVIDIA H200 (torch 2.11, TF32, steps captured in a graph).

Measured: steps of 16 to 1,024 members of the default network, and the parts of a study of 256 runs. Convolutions were
not measured and count ten times as much as the products of matrices. Evaluations beyond the errors run on the CPU.
"""

from collections.abc import Sequence
from math import ceil

from narrows.config.schema import Config
from narrows.sweeps.cost import network
from narrows.sweeps.evaluation_cost import evaluation_seconds
from narrows.sweeps.plan import PlannedRun

START = 14.0  # seconds until training starts: imports, and graphs are captured
STEP = 4e-4  # seconds of a captured step, however small the fleet
OPERATION = 3e-13  # seconds of a step for each image and multiply-add of the forward pass, with Adam
CONVOLVED = 10 * OPERATION
RUN = 0.09  # seconds of a run beside its steps: building it, checkpoints, errors of each split, its record


def seconds(fleets: Sequence[Sequence[PlannedRun]]) -> float:
    """The time of these fleets, one after the other on one GPU."""
    return START + sum(_fleet([config for config, _ in fleet]) for fleet in fleets)


def _fleet(configs: Sequence[Config]) -> float:
    trained = max(config.trainer.max_epochs * ceil(config.data.trained / config.data.batch_size) for config in configs)
    step = max(STEP, sum(map(_step, configs)))
    return trained * step + sum(RUN + _evaluations(config) for config in configs)


def _step(config: Config) -> float:
    """One step of one member, in seconds."""
    layers = network(config)
    image = layers.linear * OPERATION + layers.convolved * CONVOLVED
    return config.data.batch_size * image


def _evaluations(config: Config) -> float:
    return sum(evaluation_seconds(name, config, 0.0) for name in config.evaluation)
