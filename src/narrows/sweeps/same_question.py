"""Compares a study with the one that its folder holds, so that two different questions never share a folder."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from narrows.config.identity import CONDITIONAL, neutral_values
from narrows.config.schema import Config
from narrows.config.study_section import ARM
from narrows.errors import UserError
from narrows.runs import study
from narrows.runs.determinants import EVALUATION
from narrows.runs.record import Record
from narrows.runs.run_folder import LAST
from narrows.runs.study import Study
from narrows.sweeps.plan import Job, readable_record

NAMED = 3  # differences in the message; it is one line

#: Part of a run's identity, and not of the question: evaluations can be added to finished runs.
NOT_ASKED = (EVALUATION,)

#: What differs, by key, and its text in the study of the folder and in the new one.
Differences = dict[str, tuple[str, str]]


def check(new: Study, jobs: Sequence[Job], records: Mapping[str, Record | None], folder: Path) -> None:
    """Raise UserError, which names the differences, if `folder` holds results of another question.

    `records` are those in the folders of the jobs. Other levels, seeds, metrics and labels are the same question, and
    so are fewer or more axes. A folder without results, of which all runs failed before their first epoch, may be used.
    """
    earlier = _study_in(folder)
    differences = _of_studies(earlier, new, jobs, records, folder) if earlier else {}
    differences = differences or _of_runs(jobs, records, folder)
    if differences:
        raise UserError(_message(folder, differences))


def _study_in(folder: Path) -> Study | None:
    """The study in this folder; None if it is missing or cannot be read, so that its runs are compared one by one."""
    try:
        return study.read(folder)
    except (OSError, ValidationError):
        return None


def _is_result(record: Record) -> bool:
    return record.status == "done" or record.epochs > 0


def _of_runs(jobs: Sequence[Job], records: Mapping[str, Record | None], folder: Path) -> Differences:
    """What the first run differs in that has results of another configuration in its folder."""
    for job in jobs:
        record = records[job.name]
        if (
            job.config
            and record
            and record.fingerprint
            and (_is_result(record) or (folder / job.name / LAST).is_file())
        ):
            before, now = map(_complete, (Config.identity_of(record.config), job.config.identity()))
            if differences := dict(_differing(before, now)):
                return differences
    return {}


def _of_studies(
    earlier: Study, new: Study, jobs: Sequence[Job], records: Mapping[str, Record | None], folder: Path
) -> Differences:
    others = (readable_record(folder / run) for run in earlier.runs if run not in records)
    results = [record for record in (*records.values(), *others) if record and _is_result(record)]
    if not results and not any((folder / run / LAST).is_file() for run in earlier.runs):
        return {}
    recorded = [Config.identity_of(record.config) for record in results]
    planned = [job.config.identity() for job in jobs if job.config]
    before = (earlier.fixed or shared(recorded)) | _shared_where_effective(recorded)
    now = (new.fixed or shared(planned)) | _shared_where_effective(planned)
    differences = dict(_differing(before, now, {*_varied(earlier), *_varied(new)}))
    return _of_axes(earlier, new) | _of_arms(earlier, new) | differences


def _of_axes(earlier: Study, new: Study) -> Differences:
    """The axes, if each study has one that the other has not: then it is no larger or smaller version of the other."""
    before, now = ([key for key in plan.axes if key != "seed"] for plan in (earlier, new))
    if set(before) <= set(now) or set(now) <= set(before):
        return {}
    return {"axes": (", ".join(before), ", ".join(now))}


def _of_arms(earlier: Study, new: Study) -> Differences:
    return {
        f"study.arms.{arm}": (_text(overrides), _text(new.arms[arm]))
        for arm, overrides in earlier.arms.items()
        if arm in new.arms and overrides != new.arms[arm]
    }


def _varied(plan: Study) -> Iterator[str]:
    """The keys and groups that a study's runs differ in."""
    yield from (key for key in plan.axes if key != ARM)
    for overrides in plan.arms.values():
        yield from overrides


def shared(identities: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The keys that all runs have, with values that are equal in all of them."""
    remaining = iter(identities)
    values = dict(next(remaining, {}))
    for identity in remaining:
        values = {key: value for key, value in values.items() if key in identity and identity[key] == value}
    return values


def _complete(identity: Mapping[str, Any]) -> dict[str, Any]:
    """The identity with the neutral values of those knobs of `CONDITIONAL` that have an effect in it."""
    effective = [key for key, applies in CONDITIONAL.items() if applies(identity)]
    return {key: neutral_values(Config)[key] for key in effective} | dict(identity)


def _shared_where_effective(identities: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The knobs of `CONDITIONAL` that have the same value in all runs in which they have an effect, with that value."""
    values = {key: {each[key] for each in map(_complete, identities) if key in each} for key in CONDITIONAL}
    return {key: next(iter(distinct)) for key, distinct in values.items() if len(distinct) == 1}


def _differing(
    before: Mapping[str, Any], now: Mapping[str, Any], varied: Iterable[str] = ()
) -> Iterator[tuple[str, tuple[str, str]]]:
    """The keys with different values, where a key at its neutral value may be absent. Keys of one side only are not
    compared: they belong to a kind of a section, whose name differs.
    """
    neutral = {key: value for key, value in neutral_values(Config).items() if key not in CONDITIONAL}
    ignored = (*NOT_ASKED, *varied)
    for key in dict.fromkeys((*before, *now)):
        values = [side.get(key, neutral.get(key, neutral)) for side in (before, now)]
        known = not any(value is neutral for value in values)
        if known and values[0] != values[1] and not any(f"{key}.".startswith(f"{name}.") for name in ignored):
            yield key, (_text(values[0]), _text(values[1]))


def _text(value: Any) -> str:  # noqa: ANN401 - plain values of a config
    """A value as on the command line."""
    return json.dumps(value).replace('"', "")


def _message(folder: Path, differences: Differences) -> str:
    texts = [f"{key}={before} there and {now} here" for key, (before, now) in differences.items()]
    more = f" and {len(texts) - NAMED} more" if len(texts) > NAMED else ""
    return (
        f"{folder}: holds another study, which differs in {'; '.join(texts[:NAMED])}{more}: "
        "choose name=NAME, which trains in a folder of its own, or delete this folder"
    )
