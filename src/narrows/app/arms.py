"""The arms of a study: named lists of overrides, crossed with the axes of its grid."""

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

from narrows.app.composer import Composer
from narrows.app.messages import unknown_key
from narrows.app.study_file import readable
from narrows.config.knobs import leaves
from narrows.config.levels import Level
from narrows.config.study_section import ARM, StudySection, as_text
from narrows.errors import UserError
from narrows.sweeps.plan import Job

Arms = Mapping[str, Mapping[str, Level]]  # the overrides of each arm


def chosen_arms(section: StudySection, names: Sequence[Level]) -> Arms:
    """The arms of the study that `arm=…` names, in that order; all of them in the order of the file without names.

    Raises UserError for a name that is no arm.
    """
    for name in map(str, names):
        if name not in section.arms:
            choices = f"choose from {', '.join(section.arms)}" if section.arms else "the study has no arms"
            raise UserError(f"{ARM}={name}: {choices}")
    return {str(name): section.arms[str(name)] for name in names or section.arms}


def arm_overrides(
    arms: Arms, composer: Composer, swept: Collection[str], typed: Collection[str]
) -> dict[str, list[str]]:
    """The overrides of each arm as texts; empty for a study without arms.

    Raises UserError for a key that does not exist, is swept or typed as well, or has several values in an arm.
    """
    knobs = dict(leaves())
    for arm, values in arms.items():
        for key, value in values.items():
            where, override = f"study.arms.{arm}", readable(f"{key}={as_text(value)}")
            if key not in knobs and not composer.is_group(key):
                raise UserError(f"{where}: {unknown_key(key, knobs)}")
            if key in swept or key in typed:
                how = "an axis" if key in swept else "typed"
                raise UserError(f"{where} sets {key}, which is also {how}: leave one of them out")
            if composer.sweeps(override):
                raise UserError(f"{where}: {override}: an arm has one value of each key; several are several arms")
    return {arm: [f"{key}={as_text(value)}" for key, value in values.items()] for arm, values in arms.items()}


def refuse_equal_arms(arms: Collection[str], jobs: Sequence[Job]) -> None:
    """Raise UserError for two arms that have the same configs on the same levels of all axes."""
    configs: dict[str, dict[str, object]] = {arm: {} for arm in arms}
    for job in jobs:
        if job.config and arms:
            others = {key: level for key, level in job.levels.items() if key != ARM}
            configs[str(job.levels[ARM])][str(others)] = job.config.identity()
    for first, second in combinations(arms, 2):
        if configs[first] and configs[first] == configs[second]:
            raise UserError(f"study.arms: {first} and {second} have the same config; leave one of them out")
