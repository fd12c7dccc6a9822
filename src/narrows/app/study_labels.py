"""Refuses a label of a study that belongs to nothing in it, since a misspelt one would never be printed."""

import difflib
from collections.abc import Mapping, Sequence

from narrows.app.baseline import levels_of_file
from narrows.app.composer import Composer
from narrows.app.messages import suggestion
from narrows.config.knobs import knobs
from narrows.config.levels import Level
from narrows.config.study_section import ARM, StudySection
from narrows.errors import UserError
from narrows.stats.factors import text, value

JOINED = ", "  # in the levels of a factor of several keys, such as `sparse, active 10`


def refuse_unused_labels(section: StudySection, axes: Mapping[str, Sequence[Level]], composer: Composer) -> None:
    """Raise UserError for a label that is no key, group or arm, and no level of the grid or of another size."""
    keys = {*axes, *(key for levels in section.sizes.values() for key in levels)}
    levels = [level for key in keys for level in (*axes.get(key, ()), *levels_of_file(section, key))]
    words = {ARM, *knobs(), *section.arms, *(text(value(level)) for level in levels)}
    for label in section.labels:
        if label not in words and JOINED not in label and not composer.is_group(label):
            near = suggestion(difflib.get_close_matches(label, words, n=1))
            raise UserError(f"study.labels: {label}: no key, arm or level of the study{near}")
