"""From the overrides of a multirun to its study: the axes and arms, and a job for each combination of levels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from narrows.app.arms import arm_overrides, chosen_arms, refuse_equal_arms
from narrows.app.composer import Composer, key_of
from narrows.app.grid_levels import levels_of_keys
from narrows.app.job_config import Place
from narrows.app.messages import message
from narrows.app.planned_study import Grid, planned_study
from narrows.app.study_file import study_section
from narrows.config.knobs import knobs, owners
from narrows.config.levels import Level
from narrows.config.study_section import ARM, StudySection
from narrows.errors import UserError
from narrows.runs.study import Study
from narrows.sweeps.plan import Job, folder_name

LARGE = 100  # runs from which no pictures are logged: they take 150 KB a run, and nobody looks at so many


def read_grid(
    composer: Composer, params: Sequence[str], arguments: Sequence[str], command: str = ""
) -> tuple[Study, list[Job]]:
    """The study and every job of its grid; a job whose config is not valid has an error instead of a config.

    `params` are the overrides of the study's file, `arguments` those of the command line, `command`, which replace them
    key by key. A key that is swept in either of them is an axis, even if the command line gives it only one level, so
    that the names of the folders still contain it. The prefixes of Hydra (`+`, `++`, `~`) belong to no key: a key is
    the same with and without them. The arms of the study are the first axis.
    A knob that the kinds of a job do not have is left out of it, and jobs that become equal are one.
    Raises UserError for a study that is not valid, an interval, which is not a grid, a knob that no job has, unless the
    kinds or arms that have it were left out on the command line, and two jobs that would share a folder.
    `arm=a,b` chooses among the arms of the study.
    """
    section = study_section(composer.master)
    grid = _grid(composer, section, params, arguments)
    rows = _unique_rows(_with_logger(_rows(grid, composer), grid, composer.master))
    jobs = _unique_jobs([_job(row, number, grid, composer) for number, row in enumerate(rows)])
    refuse_equal_arms(grid.arms, jobs)
    return planned_study(composer, section, _without_unused_axes(grid, rows), jobs, command), jobs


@dataclass(frozen=True)
class Row:
    """A combination of levels: the overrides and levels of one job."""

    overrides: tuple[str, ...]
    levels: Mapping[str, Level]


def _grid(composer: Composer, section: StudySection, params: Sequence[str], arguments: Sequence[str]) -> Grid:
    parser = OverridesParser.create(config_loader=composer.loader)
    overrides = [
        override
        for override in parser.parse_overrides([*params, *arguments])
        if not override.key_or_group.startswith("study.")  # read from the section, where Hydra put them
    ]
    typed = {*map(key_of, parser.parse_overrides([*arguments]))}
    levels, swept = levels_of_keys(overrides)
    arms = chosen_arms(section, [composer.level(text) for text in levels.pop(ARM, [])])
    return Grid(levels, swept, typed, arm_overrides(arms, composer, swept, typed))


def _rows(grid: Grid, composer: Composer) -> list[Row]:
    """A row for each combination of arms and levels, without the knobs that its kinds do not have.

    Raises UserError for a knob that is in no row, or that an arm sets and none of its rows has.
    """
    rows, lacking = [], []
    for arm, overrides in grid.arms.items() or [("", [])]:
        of_arm = [
            _row(arm, _merged(texts, overrides, composer), grid, composer)
            for texts in product(*grid.overrides.values())
        ]
        _refuse_unused([lacks for _, lacks in of_arm], {*map(composer.key, overrides)}, f"study.arms.{arm}: ")
        rows += [row for row, _ in of_arm]
        lacking += [lacks for _, lacks in of_arm]
    _refuse_unused([lacks and lacks - _left_out(grid, lacks) for lacks in lacking])
    return rows


def _left_out(grid: Grid, keys: Iterable[str]) -> set[str]:
    """Those of a study's keys whose kinds or arms may have been left out on the command line, by `code=plain`."""
    return {key for key in keys if key not in grid.typed and {ARM, key.partition(".")[0]} & {*grid.typed}}


def _without_unused_axes(grid: Grid, rows: Sequence[Row]) -> Grid:
    unused = {key for key in grid.swept if not any(key in row.levels for row in rows)} if rows else set()
    for key in sorted(unused):
        print(f"{key}: left out, since no run has this key")
    overrides = {key: texts for key, texts in grid.overrides.items() if key not in unused}
    return replace(grid, overrides=overrides, swept={*grid.swept} - unused)


def _merged(texts: Sequence[str], arm: Sequence[str], composer: Composer) -> list[str]:
    """The overrides of a combination of levels and an arm, which replaces values that the study sets for all runs."""
    keys = {*map(composer.key, arm)}
    return [*arm, *(text for text in texts if composer.key(text) not in keys)]


def _row(arm: str, overrides: Sequence[str], grid: Grid, composer: Composer) -> tuple[Row, frozenset[str] | None]:
    """The row, and the keys that it lacks; None instead of them if its groups cannot be composed."""
    try:
        lacks, surplus = composer.lacking(overrides), composer.surplus(overrides)
    except (HydraException, OmegaConfBaseException):
        lacks, surplus = None, frozenset()
    kept = [text for text in overrides if composer.key(text) not in (lacks or ())]
    levels = {key: composer.level(text) for text in kept if (key := composer.key(text)) in grid.swept}
    deleted = [f"~{key}" for key in sorted(surplus)]
    return Row((*kept, *deleted), {ARM: arm, **levels} if arm else levels), lacks


def _refuse_unused(
    lacking: Sequence[frozenset[str] | None], keys: Iterable[str] | None = None, where: str = ""
) -> None:
    """Raise UserError for a knob, or one of `keys`, that every row lacks."""
    composed = [lacks for lacks in lacking if lacks is not None]
    unused = frozenset.intersection(*composed) if composed else frozenset()
    for key in sorted(unused if keys is None else unused & {*keys}):
        raise UserError(f"{where}{key}: no run has this key; {owners(key)}")


def _unique_rows(rows: Sequence[Row]) -> list[Row]:
    return list({(row.overrides, str(row.levels)): row for row in rows}.values())


def _with_logger(rows: Sequence[Row], grid: Grid, master: DictConfig) -> list[Row]:
    """The rows, with logger=light in a large study whose logger was not chosen."""
    runs = len(_unique_rows(rows))
    chosen = {text.partition("=")[0] for arm in grid.arms.values() for text in arm} | grid.overrides.keys()
    if runs <= LARGE or master.logger.name != "tensorboard" or chosen & {"logger", "logger.name"}:
        return list(rows)
    print(
        f"{runs} runs, more than {LARGE}: each logs only curves and HPARAMS (logger=light); logger=tensorboard logs all"
    )
    return [Row((*row.overrides, "logger=light"), row.levels) for row in rows]


def _job(row: Row, number: int, grid: Grid, composer: Composer) -> Job:
    place = Place(number, folder_name(row.levels, grid.axes))
    try:
        config, resolved = composer.compose(row.overrides, place), composer.resolved(row.overrides, place)
    except (UserError, HydraException, OmegaConfBaseException) as problem:
        return Job(place.folder, row.overrides, row.levels, None, message(problem, knobs()))
    return Job(place.folder, row.overrides, row.levels, config, resolved=resolved)


def _unique_jobs(jobs: Sequence[Job]) -> list[Job]:
    """The jobs without repetitions: `seed=1,1` is one run.

    Raises UserError for levels that differ but would share a folder, such as `16` and `[16]`.
    """
    by_name: dict[str, Job] = {}
    for job in jobs:
        first = by_name.setdefault(job.name, job)
        if str(first.levels) != str(job.levels):
            both = f"{' '.join(first.overrides)} and {' '.join(job.overrides)}"
            raise UserError(f"two runs would share the folder {job.name}: {both}")
    return list(by_name.values())
