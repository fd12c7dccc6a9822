"""From Hydra's overrides to the jobs of a study. Composing is Hydra's slowest part: 0.1-0.2 s a job.

So each choice of config groups is composed once, and plain values are put into copies of it: 2 ms a job.
"""

import itertools
import math
import shlex
from collections.abc import Sequence
from copy import deepcopy
from functools import cache

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from narrows.app.compose import parse
from narrows.app.messages import message
from narrows.config.knobs import knobs
from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.runs.study import Level, Study
from narrows.sweep.plan import Job, folder_name

LARGE = 100  # runs: 150 KB each, and nobody opens so many pictures


def read_grid(
    master: DictConfig, loader: ConfigLoader, params: Sequence[str], arguments: Sequence[str]
) -> tuple[Study, list[Job]]:
    """The study and every job of its grid; a job whose config is not valid says why instead of having one.

    `params` are the study's own overrides, `arguments` those of the command line, which replace them key by key. An
    axis is a key that is swept in either, so that one level of a study's axis keeps its folder.
    Raises UserError for an interval, which is no grid, and for two jobs whose folders would be the same.
    """
    parser = OverridesParser.create(config_loader=loader)
    own, typed = parser.parse_overrides(list(params)), parser.parse_overrides(list(arguments))
    swept = {override.get_key_element() for override in (*own, *typed) if _is_sweep(override)}
    given = {override.get_key_element(): _strings(override) for override in (*own, *typed)}
    given |= _logger(master, given)
    composer = Composer(master, loader)
    jobs = _each_once([_job(row, swept, composer) for row in itertools.product(*given.values())])
    axes = {key: _unique([composer.level(text) for text in given[key]]) for key in given if key in swept}
    return _study(master, axes, jobs), jobs


def _logger(master: DictConfig, given: dict[str, list[str]]) -> dict[str, list[str]]:
    """A study that is too large for its pictures to be looked at draws none, unless its logger was chosen."""
    runs = math.prod(map(len, given.values()))
    if runs <= LARGE or master.logger.name != "tensorboard" or given.keys() & {"logger", "logger.name"}:
        return {}
    print(f"{runs} runs: more than {LARGE} log curves and HPARAMS only (logger=light); logger=tensorboard logs all")
    return {"logger": ["logger=light"]}


def _is_sweep(override: Override) -> bool:
    if override.is_sweep_override() and not override.is_discrete_sweep():
        raise UserError(f"{override.input_line}: an interval is no grid; hydra/sweeper=optuna searches intervals")
    return override.is_sweep_override()


def _strings(override: Override) -> list[str]:
    """The override once for each of its levels, as Hydra's launchers take them."""
    key = override.get_key_element()
    if override.is_sweep_override():
        return [f"{key}={level}" for level in override.sweep_string_iterator()]
    return [f"{key}={override.get_value_element_as_str()}"]


class Composer:
    """Composes configs from overrides: each choice of groups once, values by assignment into a copy."""

    def __init__(self, master: DictConfig, loader: ConfigLoader) -> None:
        self.master, self.loader = master, loader
        self.parse = cache(OverridesParser.create(config_loader=loader).parse_override)
        self.base = cache(self._base)
        self.options = cache(loader.get_group_options)  # Hydra copies its whole repository for an answer: 50 ms

    def compose(self, row: Sequence[str]) -> Config:
        """The checked config of one job. Raises UserError, or one of Hydra's and OmegaConf's exceptions."""
        values = [text for text in row if self._is_value(text)]
        config = deepcopy(self.base(tuple(text for text in row if text not in values)))
        for override in map(self.parse, values):
            try:
                OmegaConf.update(config, override.key_or_group, override.value())
            except OmegaConfBaseException:  # in Hydra's own words
                raise HydraException(f"Could not override '{override.key_or_group}'.") from None
        return parse(config)

    def level(self, text: str) -> Level:
        """The level that an override gives its axis, as a plain value."""
        value: Level = self.parse(text).value()  # type: ignore[assignment] # Hydra's types are wider than a level
        return value

    def _base(self, choices: tuple[str, ...]) -> DictConfig:
        whole = self.loader.load_sweep_config(self.master, list(choices))
        base = OmegaConf.masked_copy(whole, [str(key) for key in whole if key != "hydra"])  # it is large
        OmegaConf.set_struct(base, True)  # which a copy of sections forgets
        return base

    def _is_value(self, text: str) -> bool:
        override = self.parse(text)
        plain = not (override.is_add() or override.is_delete() or override.is_force_add())
        return plain and not self.options(override.key_or_group)


def _job(row: Sequence[str], swept: set[str], composer: Composer) -> Job:
    levels = {key: composer.level(text) for text in row if (key := text.partition("=")[0]) in swept}
    try:
        config, error = composer.compose(row), ""
    except (UserError, HydraException, OmegaConfBaseException) as problem:
        config, error = None, message(problem, knobs())
    return Job(folder_name(levels), row, levels, config, error)


def _each_once(jobs: Sequence[Job]) -> list[Job]:
    """The jobs without repetitions: `seed=1,1` asks for one run. `16` and `[16]` are two, but not for a file name."""
    kept: dict[str, Job] = {}
    for job in jobs:
        other = kept.setdefault(job.name, job)
        if str(other.levels) != str(job.levels):
            one, two = (" ".join(found.overrides) for found in (other, job))
            raise UserError(f"two runs would share the folder {job.name}: {one} and {two}")
    return list(kept.values())


def _unique(levels: Sequence[Level]) -> list[Level]:
    return list({str(level): level for level in levels}.values())


def _study(master: DictConfig, axes: dict[str, list[Level]], jobs: Sequence[Job]) -> Study:
    overrides = master.hydra.overrides
    typed = [text for text in (*overrides.hydra, *overrides.task) if not text.startswith("hydra.mode=")]
    factors = " and ".join(key for key in axes if key != "seed")
    asked = master.get("study") or {}
    return Study(
        name=asked.get("name", "-".join(axes)),
        question=asked.get("question", f"What do {factors or 'seeds'} change?"),
        command=shlex.join(["narrows", "train", "-m", *typed]),
        axes=axes,
        baseline=asked.get("baseline", {}),
        runs={job.name: dict(job.levels) for job in jobs},
    )
