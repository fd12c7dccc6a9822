"""Merges axes that some runs lack with the axis that they depend on, into one factor.

`code=plain,sparse code.active=10,25` are three arms: plain; sparse, active 10; sparse, active 25.
"""

from collections.abc import Iterator, Mapping, Sequence

from narrows.runs.study import Study
from narrows.stats.factors import Factor, Value, axes, last_word, value

Levels = Mapping[str, Value]


def factors(study: Study) -> list[Factor]:
    """The factors of a study: its axes that vary, those that belong together merged, in the order of the axes."""
    varied = axes(study)
    groups = _groups(varied, study)
    merged = [_merged(group, study) if len(group) > 1 else group[0] for group in groups]
    return [factor for factor in merged if len(factor.levels) > 1]


def level_of(factor: Factor, levels: Levels) -> Value:
    """The level of a factor in a run with these levels of the axes."""
    if not factor.parts:
        return levels[factor.key]
    keys = factor.key.split("+")
    return _name(_parts(levels, keys), keys)


def _groups(varied: Sequence[Factor], study: Study) -> list[list[Factor]]:
    """Each axis with those that depend on it, so that every run has a level of the first axis of each group."""
    groups = {factor.key: [factor] for factor in varied if not _lacking(factor, study)}
    for factor in varied:
        if _lacking(factor, study):
            groups[_parent(factor, list(groups), study)].append(factor)
    return list(groups.values())


def _lacking(factor: Factor, study: Study) -> bool:
    return any(factor.key not in run for run in study.runs.values())


def _parent(factor: Factor, candidates: Sequence[str], study: Study) -> str:
    """The first axis whose level decides whether a run has a level of the factor, else the first axis."""
    for key in candidates:
        having = {(str(run[key]), factor.key in run) for run in study.runs.values()}
        if len(having) == len({level for level, _ in having}):
            return key
    return candidates[0]


def _merged(group: Sequence[Factor], study: Study) -> Factor:
    keys = [factor.key for factor in group]
    combinations = {_name(parts, keys): parts for parts in _combinations(group, study)}
    key = "+".join(keys)
    words = {str(name): _words(group, parts) for name, parts in combinations.items()}
    return Factor(key, group[0].name, tuple(combinations), _baseline(group, combinations), "", words, combinations)


def _combinations(group: Sequence[Factor], study: Study) -> list[Levels]:
    """The different combinations of levels that runs have, in the order of the levels."""
    keys = [factor.key for factor in group]
    runs = [{key: value(level) for key, level in run.items()} for run in study.runs.values()]
    different = {tuple(parts.items()): parts for run in runs if (parts := _parts(run, keys))}

    def place(parts: Levels) -> list[int]:
        return [factor.levels.index(parts[factor.key]) if factor.key in parts else -1 for factor in group]

    return sorted(different.values(), key=place)


def _baseline(group: Sequence[Factor], combinations: Mapping[Value, Levels]) -> Value:
    """The first combination at the baselines of all its axes, else at that of the first axis, else the first."""
    baselines = {factor.key: factor.baseline for factor in group}
    whole = [name for name, parts in combinations.items() if all(baselines[key] == parts[key] for key in parts)]
    first = group[0]
    partial = [name for name, parts in combinations.items() if parts[first.key] == first.baseline]
    return [*whole, *partial, *combinations][0]


def _parts(levels: Levels, keys: Sequence[str]) -> Levels:
    return {key: levels[key] for key in keys if key in levels}


def _name(parts: Levels, keys: Sequence[str]) -> Value:
    """A name for a combination of levels of these axes, in tables of runs and cells."""
    first, *others = parts.items()
    return ", ".join([str(first[1]), *(f"{last_word(key, keys)} {level}" for key, level in others)])


def _words(group: Sequence[Factor], parts: Levels) -> str:
    """“sparse, active 10”, in the words of the study."""
    return ", ".join(_each(group, parts))


def _each(group: Sequence[Factor], parts: Levels) -> Iterator[str]:
    first, *others = group
    yield first.text(parts[first.key])
    for factor in others:
        if factor.key in parts:
            yield factor.at(parts[factor.key])
