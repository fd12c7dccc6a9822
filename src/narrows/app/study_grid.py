"""From the overrides of a multirun to its study: the axes, and a job for each combination of levels."""

import itertools
import math
import shlex
from collections.abc import Sequence
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from narrows.app.composer import Composer
from narrows.app.messages import message
from narrows.config.knobs import knobs
from narrows.config.study_section import Level
from narrows.errors import UserError
from narrows.runs.study import Study
from narrows.sweep.plan import Job, folder_name, short_names

LARGE = 100  # runs from which no pictures are logged: they take 150 KB a run, and nobody looks at so many


def read_grid(composer: Composer, params: Sequence[str], arguments: Sequence[str]) -> tuple[Study, list[Job]]:
    """The study and every job of its grid; a job whose config is not valid has an error instead of a config.

    `params` are the overrides of the study's file, `arguments` those of the command line, which replace them key by
    key. A key that is swept in either of them is an axis, even if the command line gives it only one level, so that the
    names of the folders still contain it.
    Raises UserError for an interval, which is not a grid, and for two jobs that would share a folder.
    """
    parser = OverridesParser.create(config_loader=composer.loader)
    overrides = parser.parse_overrides([*params, *arguments])
    swept = {override.get_key_element() for override in overrides if _is_swept(override)}
    levels = {override.get_key_element(): _one_override_per_level(override) for override in overrides}
    levels |= _logger(composer.master, levels)
    jobs = _unique_jobs([_job(row, swept, composer) for row in itertools.product(*levels.values())])
    axes = {key: _unique([composer.level(text) for text in levels[key]]) for key in levels if key in swept}
    return _study(composer.master, axes, jobs), jobs


def _is_swept(override: Override) -> bool:
    if override.is_sweep_override() and not override.is_discrete_sweep():
        raise UserError(f"{override.input_line}: an interval is not a grid; hydra/sweeper=optuna searches intervals")
    return override.is_sweep_override()


def _one_override_per_level(override: Override) -> list[str]:
    """For `seed=0,1` the overrides `seed=0` and `seed=1`, as Hydra's launchers take them."""
    key = override.get_key_element()
    if override.is_sweep_override():
        return [f"{key}={level}" for level in override.sweep_string_iterator()]
    return [f"{key}={override.get_value_element_as_str()}"]


def _logger(master: DictConfig, levels: dict[str, list[str]]) -> dict[str, list[str]]:
    """The override logger=light for a large study whose logger was not chosen; else nothing."""
    runs = math.prod(map(len, levels.values()))
    if runs <= LARGE or master.logger.name != "tensorboard" or levels.keys() & {"logger", "logger.name"}:
        return {}
    print(
        f"{runs} runs, more than {LARGE}: each logs only curves and HPARAMS (logger=light); logger=tensorboard logs all"
    )
    return {"logger": ["logger=light"]}


def _job(row: Sequence[str], swept: set[str], composer: Composer) -> Job:
    levels = {key: composer.level(text) for text in row if (key := text.partition("=")[0]) in swept}
    try:
        config, error = composer.compose(row), ""
    except (UserError, HydraException, OmegaConfBaseException) as problem:
        config, error = None, message(problem, knobs())
    return Job(folder_name(levels), row, levels, config, error)


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


def _unique(levels: Sequence[Level]) -> list[Level]:
    return list({str(level): level for level in levels}.values())


def _study(master: DictConfig, axes: dict[str, list[Level]], jobs: Sequence[Job]) -> Study:
    factors = " and ".join(key for key in axes if key != "seed")
    section = OmegaConf.to_container(master.study) if master.get("study") else {}
    assert isinstance(section, dict)
    return Study(
        name=section.get("name", "-".join(short_names(axes).values())),
        question=section.get("question", f"What is the effect of {factors or 'the seed'}?"),
        command=_command(master),
        axes=axes,
        baseline=section.get("baseline", {}),
        runs={job.name: dict(job.levels) for job in jobs},
    )


def _command(master: DictConfig) -> str:
    """The command that repeats this multirun."""
    overrides = (*master.hydra.overrides.hydra, *master.hydra.overrides.task)
    typed = [text for text in overrides if not text.startswith("hydra.mode=")]
    return shlex.join(["narrows", "train", "-m", *_config_dir(master), *typed])


def _config_dir(master: DictConfig) -> list[str]:
    """The option --config-dir as given, which Hydra keeps among the config's sources."""
    sources = master.hydra.runtime.config_sources
    folders = [Path(source.path) for source in sources if source.provider == "command-line"]
    here = Path.cwd()
    paths = [folder.relative_to(here) if folder.is_relative_to(here) else folder for folder in folders]
    return [word for path in paths for word in ("--config-dir", str(path))]
