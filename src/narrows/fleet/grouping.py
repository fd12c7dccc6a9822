"""Which runs train together. It depends on their configs only, and is decided without torch."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, NamedTuple

from narrows.config.dotted import flatten
from narrows.config.schema import Config

#: Costs in training images: as many as the default model trains on in the same time.
START = 200_000  # of a new process, 4 s
RUN = 10_000  # of a run beside its training, 0.2 s

#: Knobs in which members of a fleet may differ, beside those of `MEMBER_SECTIONS`.
MEMBER_KNOBS = (
    "seed",
    "model.bottleneck",
    "data.train_size",
    "code.active",
    "code.threshold",
    "corruption.level",
    "objective.kl_warmup",
    "trainer.max_epochs",
)
#: Sections in which members may differ. A weight of the second must be positive in all members or 0 in all.
MEMBER_SECTIONS = ("optimizer", "objective.weights")
#: Sections that do not affect training.
NOT_TRAINING = ("run", "logger", "evaluation")


class Solo(NamedTuple):
    """A setting that no fleet can train: `holds` tells whether a config has it, `why` is the reason."""

    holds: Callable[[Config], bool]
    why: str


SOLO = [
    Solo(
        lambda config: config.trainer.precision == "16-mixed",
        "trainer.precision=16-mixed scales the loss of the whole program by what overflowed anywhere in it",
    ),
]


def why_alone(config: Config) -> str:
    """Why a run has to train alone; empty for one that can join a fleet."""
    return next((solo.why for solo in SOLO if solo.holds(config)), "")


def check(configs: Sequence[Config]) -> None:
    """Raises ValueError, with the reason, for configs that cannot train together."""
    if why := next(filter(None, map(why_alone, configs)), ""):
        raise ValueError(f"no fleet can train this: {why}")
    programs = [json.loads(text) for text in map(program, configs)]
    keys = sorted({key for common in programs for key in common})
    if differ := [key for key in keys if len({json.dumps(common.get(key)) for common in programs}) > 1]:
        values = [f"{key} ({', '.join(sorted({str(config.flat().get(key)) for config in configs}))})" for key in differ]
        raise ValueError(f"these configs cannot train together, for their {', '.join(values)}")


def program(config: Config) -> str:
    """What the members of a fleet have in common, as text: all settings that change operations or shapes."""
    flat = dict(flatten(config.model_dump()))
    common = {key: value for key, value in flat.items() if key not in MEMBER_KNOBS and not _within(key, NOT_TRAINING)}
    for key in list(common):
        if _within(key, MEMBER_SECTIONS) and not isinstance(common[key], str):
            common[key] = bool(common[key]) if key.startswith("objective.") else None
    return json.dumps(common | _bound(config), sort_keys=True)


def _within(key: str, sections: Sequence[str]) -> bool:
    return any(f"{key}.".startswith(f"{section}.") for section in sections)


def _bound(config: Config) -> dict[str, Any]:
    """Knobs of `MEMBER_KNOBS` in which members may not differ, because of other choices of this config."""
    bound: dict[str, Any] = {}
    if config.data.scaled != "pixels":
        bound["data.train_size"] = config.data.train_size  # the scale is that of the training images
    if config.data.held_out == 0:
        bound["data.train_size"] = config.data.train_size  # the images whose codes are watched are among them
    if config.posterior.one_width:
        bound["model.bottleneck"] = config.model.bottleneck  # outputs of the encoder that are no multiple of it
    return bound


def fleets(configs: Sequence[Config], processes: int, max_size: int | None) -> list[list[int]]:
    """Positions of the configs in each fleet: all of one program, at most `max_size` of them (None: no limit).

    Work is balanced over the processes. If all runs have the same program, each process gets one fleet: they end at the
    same time. Otherwise there are about two fleets for each process. A fleet is split only into parts that train for
    longer than a process takes to start.
    """
    alike: dict[str, list[int]] = defaultdict(list)
    for position, config in enumerate(configs):
        alike[program(config)].append(position)
    share = ceil(len(configs) / (processes if min(processes, len(alike)) == 1 else 2 * processes))
    groups = []
    for group in alike.values():
        most = sum(map(_work, (configs[position] for position in group))) // START
        count = max(ceil(len(group) / (max_size or len(group))), min(ceil(len(group) / share), most))
        groups += [group[part::count] for part in range(count)]  # every count-th, so that parts take equally long
    return groups


def _work(config: Config) -> int:
    return config.trainer.max_epochs * config.data.trained + RUN
