"""Which runs train together: decided by their configs, without torch, and never by the shapes of tensors."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, NamedTuple

from narrows.config.dotted import flatten
from narrows.config.schema import Config

START = 200_000  # images that the default model trains on in the time that a process takes to start, 4 s
RUN = 10_000  # the same for the time that a run takes beside its training, 0.2 s

#: Knobs in which members of a fleet may differ, beside those of the sections below.
OWN = ("seed", "model.bottleneck", "data.train_size", "corruption.level", "objective.kl_warmup", "trainer.max_epochs")
#: Sections in which members may differ: any values in the first, weights that are 0 for all or none in the second.
LISTS = ("optimizer", "objective.weights")
#: Sections that have no part in training.
ASIDE = ("run", "logger", "evaluation")


class Solo(NamedTuple):
    """A setting that no fleet can train: whether a config has it, and why."""

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
    """What the members of a fleet have in common, as text: everything that changes the program or a batch's shape."""
    flat = dict(flatten(config.model_dump()))
    kept = {key: value for key, value in flat.items() if key not in OWN and not key.startswith(ASIDE)}
    for key in list(kept):
        if key.startswith(LISTS) and not isinstance(kept[key], str):
            kept[key] = bool(kept[key]) if key.startswith("objective.") else None
    return json.dumps(kept | _bound(config), sort_keys=True)


def _bound(config: Config) -> dict[str, Any]:
    """Knobs of `OWN` in which members may not differ after all, for the other choices of this config."""
    bound: dict[str, Any] = {}
    if config.data.scaled != "pixels":
        bound["data.train_size"] = config.data.train_size  # the scaling is found on the training split
    if config.data.held_out == 0:
        bound["data.train_size"] = config.data.train_size  # the images whose codes are watched are among them
    return bound


def fleets(configs: Sequence[Config], processes: int, max_size: int | None) -> list[list[int]]:
    """Positions of the configs in each fleet: all of one program, at most `max_size` of them (None: no limit).

    Work is balanced over the processes: one fleet for each if all runs have the same program, since these end at the
    same time; about two for each otherwise. No fleet is split for less work than the start of a process takes.
    """
    alike: dict[str, list[int]] = defaultdict(list)
    for position, config in enumerate(configs):
        alike[program(config)].append(position)
    share = ceil(len(configs) / (processes if min(processes, len(alike)) == 1 else 2 * processes))
    found = []
    for group in alike.values():
        most = sum(map(_work, (configs[position] for position in group))) // START
        count = max(ceil(len(group) / (max_size or len(group))), min(ceil(len(group) / share), most))
        found += [group[part::count] for part in range(count)]  # dealt out, so that all take as long
    return found


def _work(config: Config) -> int:
    return config.trainer.max_epochs * config.data.trained + RUN
