"""The study of a grid, as it is written beside the runs: its axes, its baseline, and what all runs share."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from narrows.app.baseline import baseline
from narrows.app.composer import Composer
from narrows.app.study_labels import refuse_unused_labels
from narrows.config.levels import Level
from narrows.config.study_section import ARM, StudySection
from narrows.runs.study import Study
from narrows.sweeps.plan import Job, short_names


@dataclass(frozen=True)
class Grid:
    """The overrides of a grid: for each key one for each of its levels, and those of each arm.

    `swept` are the keys that are axes, `typed` those of the command line.
    """

    overrides: Mapping[str, Sequence[str]]
    swept: Collection[str]
    typed: Collection[str]
    arms: Mapping[str, Sequence[str]]

    @property
    def axes(self) -> list[str]:
        """The keys of the axes in order, `arm` first."""
        return [*([ARM] if self.arms else []), *(key for key in self.overrides if key in self.swept)]

    @property
    def typed_baseline(self) -> bool:
        """Whether the command line has a baseline."""
        return any(key.startswith("study.baseline") for key in self.typed)

    @property
    def shared(self) -> list[str]:
        """The overrides of all runs."""
        return [texts[0] for key, texts in self.overrides.items() if key not in self.swept]


def planned_study(composer: Composer, section: StudySection, grid: Grid, jobs: Sequence[Job], command: str) -> Study:
    """The study of these jobs. Raises UserError for a baseline that is no level, and for a label of nothing."""
    axes = {key: _levels(composer, grid, key) for key in grid.axes}
    refuse_unused_labels(section, axes, composer)
    defaults = _defaults(composer, grid, jobs)
    factors = " and ".join("the arm" if key == ARM else key for key in axes if key != "seed")
    typed_name = composer.master.name
    default_name = section.name or "-".join(short_names(axes).values())
    presentation = section.model_dump(exclude={"name", "question", "baseline", "sizes", "arms", "published"})
    return Study(
        name=default_name if typed_name is None else str(typed_name),
        question=section.question or f"What is the effect of {factors or 'the seed'}?",
        command=command,
        axes=axes,
        baseline=baseline(section, axes, defaults, typed=grid.typed_baseline),
        runs={job.name: dict(job.levels) for job in jobs},
        defaults=defaults,
        fixed=_fixed(grid, jobs),
        arms={arm: section.arms[arm] for arm in grid.arms},
        **presentation,
    )


def _levels(composer: Composer, grid: Grid, key: str) -> list[Level]:
    """The levels of an axis in order, each once."""
    levels = [*grid.arms] if key == ARM else [composer.level(text) for text in grid.overrides[key]]
    return list({str(level): level for level in levels}.values())


def _defaults(composer: Composer, grid: Grid, jobs: Sequence[Job]) -> dict[str, Level]:
    """For each axis what a run would have without it: with the defaults of the other axes, else in the first job."""
    defaults: dict[str, Level] = {}
    for key in grid.overrides:
        if key in grid.swept:
            first = next((job.overrides for job in jobs if key in job.levels), ())
            without_axis = [text for text in first if composer.key(text) != key]
            for overrides in (grid.shared, without_axis):
                with suppress(KeyError, HydraException, OmegaConfBaseException):
                    defaults.setdefault(key, composer.value(overrides, key))
    return defaults


def _fixed(grid: Grid, jobs: Sequence[Job]) -> dict[str, Any]:
    """The values that all valid jobs share and that decide their numbers, without what axes and arms set."""
    first, *others = [job.config.identity() for job in jobs if job.config] or [{}]
    arms = {text.partition("=")[0] for overrides in grid.arms.values() for text in overrides}
    varied = {key.replace("/", ".") for key in (*grid.axes, *arms, "seed")}
    return {
        key: value
        for key, value in first.items()
        if not any(key == axis or key.startswith(f"{axis}.") for axis in varied)
        and all(key in other and other[key] == value for other in others)
    }
