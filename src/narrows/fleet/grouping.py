"""Which runs train together: decided by their configs, before torch is loaded and never by the shapes of tensors."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, NamedTuple

from narrows.config.dotted import flatten
from narrows.config.schema import Config

START = 200_000  # passes of an image through the default model that take as long as to start a process, 4 s
RUN = 10_000  # the same for what a run takes beside its training, 0.2 s

#: What each member has for itself, beside the lists of weights below.
OWN = ("seed", "model.bottleneck", "data.train_size", "corruption.level", "objective.kl_warmup", "trainer.max_epochs")
#: Sections of which each member has its own values, as long as they have the same keys or non-zero ones.
LISTS = ("optimizer", "objective.weights")
#: What has no part in training.
ASIDE = ("run", "logger", "evaluation")


class Solo(NamedTuple):
    """Whether a config holds what no fleet can train, and why none can."""

    holds: Callable[[Config], bool]
    why: str


SOLO = [
    Solo(
        lambda config: config.trainer.precision == "16-mixed",
        "trainer.precision=16-mixed scales the loss of the whole program by what overflowed anywhere in it",
    ),
]


def why_alone(config: Config) -> str:
    """Why a run trains alone; empty for one that can join a fleet."""
    return next((solo.why for solo in SOLO if solo.holds(config)), "")


def check(configs: Sequence[Config]) -> None:
    """Raise ValueError, with the reason, for those that cannot train together."""
    if why := next(filter(None, map(why_alone, configs)), ""):
        raise ValueError(f"no fleet can train this: {why}")
    programs = [json.loads(program(config)) for config in configs]
    keys = {key for one in programs for key in one}
    if differ := [key for key in sorted(keys) if any(one.get(key) != programs[0].get(key) for one in programs)]:
        values = [f"{key} ({', '.join(sorted({str(config.flat().get(key)) for config in configs}))})" for key in differ]
        raise ValueError(f"these configs cannot train together, for their {', '.join(values)}")


def program(config: Config) -> str:
    """What members of a fleet have in common, as text: everything that changes the program or the shape of a batch."""
    flat = dict(flatten(config.model_dump()))
    kept = {key: value for key, value in flat.items() if key not in OWN and not key.startswith(ASIDE)}
    for key in list(kept):
        if key.startswith(LISTS) and not isinstance(kept[key], str):
            kept[key] = bool(kept[key]) if key.startswith("objective.") else None
    return json.dumps(kept | _bound(config), sort_keys=True)


def _bound(config: Config) -> dict[str, Any]:
    """What is a member's own in general, but not with these choices."""
    bound: dict[str, Any] = {}
    if config.data.scaled != "pixels":
        bound["data.train_size"] = config.data.train_size  # the scaling is found on the training split
    if config.data.held_out == 0:
        bound["data.train_size"] = config.data.train_size  # the images whose codes are watched are among them
    return bound


def fleets(configs: Sequence[Config], processes: int, max_size: int | None) -> list[list[int]]:
    """Positions of the configs, fleet by fleet: alike, and at most `max_size` of them; None is for as many as can be.

    Several processes are kept equally busy: where all runs are alike, by one fleet a process, which end together; else
    by about two a process, since fleets of different kinds take different times. For less work than it takes to start
    a process there is none.
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
