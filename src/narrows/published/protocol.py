"""Which finished runs repeat a paper: those that its file plans today, decided as a sweep decides what is done."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from narrows.config.identity import neutral_values
from narrows.config.levels import Level
from narrows.config.schema import Config
from narrows.report.sentences import phrases
from narrows.runs.determinants import determinants
from narrows.runs.record import Record
from narrows.runs.study import Study
from narrows.stats.factors import SEED

NAMED = 3  # differences in a message


class Protocol(NamedTuple):
    """The study that a paper's file plans in the full size, and the config of each of its runs by the run's name."""

    study: Study
    configs: Mapping[str, Config]

    @property
    def seeds(self) -> set[int]:
        return {config.seed for config in self.configs.values()}


#: The protocol of a paper with these seeds; with those of its file if none is given.
Planning = Callable[[Sequence[int]], Protocol]


class Repetition(NamedTuple):
    """The finished runs that repeat a paper, by the run's name in `study`, and a sentence on each kind of the others.

    Runs that differ in their seed only are kept if they are as many as the paper's file plans. `study` plans the runs
    of the file and those with other seeds that are kept.
    """

    study: Study
    records: dict[str, Record]
    notes: list[str]


def repetition(planning: Planning, records: Sequence[Record]) -> Repetition:
    """Of the `records` those that are runs of the protocol; of two records of one run the last."""
    protocol = planning([])
    more = {record.seed for record in records if record.seed is not None} - protocol.seeds
    all_seeds = planning(sorted(protocol.seeds | more)) if more else protocol
    by_name, others = _matched(all_seeds, records)
    complete = _complete(protocol.study, all_seeds.study, by_name)
    kept = {name: record for name, record in by_name.items() if name in complete}
    runs = {name: at for name, at in all_seeds.study.runs.items() if name in protocol.study.runs or name in kept}
    return Repetition(
        all_seeds.study.model_copy(update={"runs": runs}),
        kept,
        [*_of_others(others, protocol), *_of_incomplete(len(by_name) - len(kept))],
    )


def _matched(protocol: Protocol, records: Iterable[Record]) -> tuple[dict[str, Record], list[Record]]:
    """The records by the name of the run that they are of, in the order of the study, and those of other runs."""
    names = {_key(determinants(config)): name for name, config in protocol.configs.items()}
    matched, others = {}, []
    for record in records:
        name = names.get(_key(record.determinants()))
        if name and not record.unevaluated(protocol.configs[name].evaluation):
            matched[name] = record
        else:
            others.append(record)
    return {name: matched[name] for name in protocol.study.runs if name in matched}, others


def _key(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True)


def _complete(planned: Study, study: Study, finished: Iterable[str]) -> set[str]:
    """The finished runs of cells with as many seeds as planned; a cell has all levels but the seed in common."""
    wanted = Counter(_cell(levels) for levels in planned.runs.values())
    cells = {name: _cell(study.runs[name]) for name in finished}
    present = Counter(cells.values())
    return {name for name, cell in cells.items() if present[cell] >= wanted[cell]}


def _cell(levels: Mapping[str, Level]) -> str:
    return _key({key: level for key, level in levels.items() if key != SEED})


def _of_others(records: Iterable[Record], protocol: Protocol) -> list[str]:
    """A sentence for each way in which finished runs differ from those of the protocol."""
    planned = [determinants(config) for config in protocol.configs.values()]
    counts = Counter(_differences(record.determinants(), planned) for record in records)
    return [
        f"{_finished(count)} of another protocol than the paper's file and not compared: {differences}."
        for differences, count in counts.items()
    ]


def _of_incomplete(count: int) -> list[str]:
    text = f"{_finished(count)} not compared: a number needs as many seeds as the paper's file plans."
    return [text] if count else []


def _finished(count: int) -> str:
    return f"{phrases.count(count, 'finished run')} {'is' if count == 1 else 'are'}"


def _differences(run: Mapping[str, Any], planned: Iterable[Mapping[str, Any]]) -> str:
    """“trainer.max_epochs=50 in place of 60”: from the planned run that differs least."""
    fewest = min((_differing(run, other) for other in planned), key=len)
    texts = [f"{key}={here} in place of {planned}" for key, (here, planned) in fewest.items()]
    more = [f"{len(texts) - NAMED} more"] if len(texts) > NAMED else []
    return ", ".join([*texts[:NAMED], *more]) or "an evaluation is missing, or is of an earlier version"


def _differing(run: Mapping[str, Any], planned: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The keys, except the seed, at which a run has another value than the planned one, with both values."""
    neutral = neutral_values(Config)
    keys = dict.fromkeys(key for key in (*planned, *run) if key != SEED)
    values = {key: (run.get(key, neutral.get(key)), planned.get(key, neutral.get(key))) for key in keys}
    return {key: both for key, both in values.items() if json.dumps(both[0]) != json.dumps(both[1])}
