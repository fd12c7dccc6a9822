"""Configs of a multirun's jobs from their overrides, without Hydra composing each of them.

Hydra takes 0.1-0.2 s to compose a job. Here each combination of config groups is composed once. Plain values are set in
place in one copy of it, 0.6 ms a job, or, where they do more than set single keys, in a copy for each job.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from functools import cache
from typing import NamedTuple

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from narrows.app.compose import parse, plain, resolved, unresolved
from narrows.app.group_values import GroupValues
from narrows.app.interpolations import is_varying
from narrows.app.job_config import Place, fill_in, hydra_config_restored, set_hydra_config
from narrows.config.dotted import flatten
from narrows.config.knobs import kind_knobs, kinds_of
from narrows.config.levels import Level
from narrows.config.schema import Config
from narrows.errors import UserError


def key_of(override: Override) -> str:
    """The key that an override sets, adds or deletes: `seed` for `seed=1`, `+seed=1`, `++seed=1` and `~seed`."""
    return f"{override.key_or_group}@{override.package}" if override.package else override.key_or_group


class Composed(NamedTuple):
    """The checked config of a job, and overrides with the values of its interpolations that vary."""

    config: Config
    resolved: list[str]


class Composer:
    """Composes the jobs of the multirun whose config is `master`, each job once."""

    def __init__(self, master: DictConfig, loader: ConfigLoader) -> None:
        self.master, self.loader = master, loader
        self._parse = cache(OverridesParser.create(config_loader=loader).parse_override)
        self._group_options = cache(loader.get_group_options)  # Hydra copies all its sources to answer: 50 ms
        self._with_hydra = cache(self._compose_groups)
        self._with_groups = cache(self._without_hydra)
        self._values = cache(lambda choices: GroupValues(self._with_groups(choices)))
        self._varies = cache(self._groups_vary)
        self._keys = cache(self._composed_keys)
        self._surplus = cache(self._surplus_keys)
        self._inherited = cache(self._inherited_keys)
        self._jobs: dict[tuple[tuple[str, ...], Place | None], Composed] = {}

    def compose(self, overrides: Sequence[str], place: Place | None = None) -> Config:
        """The checked config of the job at `place`. Raises UserError, or one of Hydra's and OmegaConf's exceptions."""
        return self._job(overrides, place).config

    def compose_anew(self, overrides: Sequence[str]) -> Config:
        """As `compose`, without its cache of jobs: the config's data may have changed since."""
        return self._compose(tuple(overrides), None).config

    def resolved(self, overrides: Sequence[str], place: Place) -> list[str]:
        """The keys whose values are interpolations that vary, such as `seed=${hydra:job.num}`, with their values.

        They are overrides, with which a launcher trains what was planned, in any process and at any time.
        """
        return self._job(overrides, place).resolved

    def _job(self, overrides: Sequence[str], place: Place | None) -> Composed:
        varies = any(is_varying(self._parse(text).value()) for text in overrides) or self._varies(
            self._groups(overrides)
        )
        key = tuple(overrides), place if varies else None
        if key not in self._jobs:
            self._jobs[key] = self._compose(*key)
        return self._jobs[key]

    def lacking(self, overrides: Sequence[str]) -> frozenset[str]:
        """The knobs that the job's kinds do not have, although an override or a file sets them.

        With code=plain these are `code.active` of the override code.active=2, or of a study's file that sets it for all
        its runs. Raises the exceptions of `compose` for groups that cannot be composed.
        """
        keys = self._keys(self._groups(overrides))
        knobs = {key for text in overrides if not self._is_choice(text) and (key := self.key(text)) in kind_knobs()}
        return frozenset(knobs - keys) | (self.surplus(overrides) - self._inherited(self._groups(overrides)))

    def surplus(self, overrides: Sequence[str]) -> frozenset[str]:
        """The keys of other kinds that the composed groups have, because a study's file sets them."""
        return self._surplus(self._groups(overrides))

    def sweeps(self, override: str) -> bool:
        """Whether the override has several values."""
        return self._parse(override).is_sweep_override()

    def is_group(self, key: str) -> bool:
        """Whether the key is a config group, such as `code`."""
        return bool(self._group_options(key))

    def key(self, override: str) -> str:
        """The key of an override, such as `model.bottleneck` for `model.bottleneck=8` or `++model.bottleneck=8`."""
        return key_of(self._parse(override))

    def value(self, overrides: Sequence[str], key: str) -> Level:
        """What a job has at a key: the chosen name of a group, or the value. Raises KeyError if it has no such key."""
        if self.is_group(key):
            choice: str = self._with_hydra(self._groups(overrides)).hydra.runtime.choices[key]
            return choice
        if key not in self._keys(self._groups(overrides)):
            raise KeyError(key)
        level: Level = plain(OmegaConf.select(self._composed(overrides), key, throw_on_missing=True))
        return level

    def level(self, override: str) -> Level:
        """The value of an override, such as 8 for `model.bottleneck=8`."""
        value: Level = self._parse(override).value()  # type: ignore[assignment] # Hydra's types are wider
        return value

    def _compose(self, overrides: tuple[str, ...], place: Place | None) -> Composed:
        if place is None and (values := self._values(self._groups(overrides)).of_job(self._of_keys(overrides))):
            with suppress(UserError):  # composed once more for its message, which repeats what was typed
                return Composed(Config.parse(values), resolved=[])
        config = self._composed(overrides)
        with self._hydra_of(overrides, place):
            return Composed(parse(config), resolved(config) if place else [])

    @contextmanager
    def _hydra_of(self, overrides: Sequence[str], place: Place | None) -> Iterator[None]:
        """In the body, `${hydra:…}` reads what Hydra's launchers give to this job."""
        with hydra_config_restored():
            if place:
                config = deepcopy(self._with_hydra(self._groups(overrides)))
                self._apply(overrides, config)
                fill_in(config, self.master.hydra.sweep.dir, place, [self._parse(text) for text in overrides])
                set_hydra_config(config)
            yield

    def _composed(self, overrides: Sequence[str]) -> DictConfig:
        config = deepcopy(self._with_groups(self._groups(overrides)))
        self._apply(overrides, config)
        return config

    def _apply(self, overrides: Sequence[str], config: DictConfig) -> None:
        """Set the plain values in `config`."""
        # Hydra's own function, so that prefixes and their order mean the same as for its launchers
        ConfigLoaderImpl._apply_overrides_to_config(self._of_keys(overrides), config)

    def _of_keys(self, overrides: Sequence[str]) -> list[Override]:
        """The overrides that set plain values."""
        return [self._parse(text) for text in overrides if not self._is_choice(text)]

    def _compose_groups(self, choices: tuple[str, ...]) -> DictConfig:
        """The config with these groups chosen."""
        return self.loader.load_sweep_config(self.master, list(choices))

    def _without_hydra(self, choices: tuple[str, ...]) -> DictConfig:
        """The run's part of the config with these groups chosen."""
        config = self._with_hydra(choices)
        without_hydra = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
        OmegaConf.set_struct(without_hydra, True)  # a masked copy is not in struct mode
        return without_hydra

    def _groups_vary(self, choices: tuple[str, ...]) -> bool:
        """Whether a file has an interpolation that varies."""
        return any(is_varying(value) for _, value in unresolved(self._with_groups(choices)))

    def _composed_keys(self, choices: tuple[str, ...]) -> frozenset[str]:
        """The dotted keys of the config with these groups, also those whose value is still missing."""
        return frozenset(key for key, _ in unresolved(self._with_groups(choices)))

    def _surplus_keys(self, choices: tuple[str, ...]) -> frozenset[str]:
        config, keys = self._with_groups(choices), kind_knobs() & self._keys(choices)
        return frozenset(key for key in keys if key not in _knobs_of_kind(config, section=key.partition(".")[0]))

    def _inherited_keys(self, choices: tuple[str, ...]) -> frozenset[str]:
        """The surplus keys whose values are those of the chosen groups' files: nobody has set them.

        A study's file with `optimizer: {name: sgd}` has those of optimizer=adam, the default, besides.
        """
        surplus, chosen = self._surplus(choices), self._with_hydra(choices).hydra.runtime.choices
        assert isinstance(self.loader, ConfigLoaderImpl)
        of_files = {
            f"{section}.{key}": value
            for section in {key.partition(".")[0] for key in surplus}
            if (file := self.loader.repository.load_config(f"{section}/{chosen.get(section)}"))
            for key, value in flatten(OmegaConf.to_container(file.config, resolve=False))  # type: ignore[arg-type]
        }
        values = unresolved(self._with_groups(choices))
        return frozenset(key for key, value in values if key in surplus & of_files.keys() and value == of_files[key])

    def _groups(self, overrides: Sequence[str]) -> tuple[str, ...]:
        """The overrides that choose what a group is, in order."""
        return tuple(filter(self._is_choice, overrides))

    def _is_choice(self, text: str) -> bool:
        """Whether the override chooses what a group is, rather than setting, adding or deleting a key."""
        override = self._parse(text)
        return self.is_group(override.key_or_group) and not isinstance(override.value(), dict)


def _knobs_of_kind(config: DictConfig, section: str) -> frozenset[str]:
    """The keys that the chosen kind of a section has; those of all kinds for a kind that does not exist."""
    kinds = kinds_of(section)
    return kinds.get(config[section].name, frozenset.union(*kinds.values()))
