"""Configs of a multirun's jobs from their overrides, without Hydra composing each of them.

Hydra takes 0.1-0.2 s to compose a job. Here each combination of config groups is composed once, and plain values are
set in copies of it: 2 ms a job.
"""

from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from narrows.app.compose import MULTIRUN_KEYS, parse, plain
from narrows.config.dotted import flatten
from narrows.config.knobs import kind_knobs, kinds_of
from narrows.config.schema import Config
from narrows.config.study_section import Level


def key_of(override: Override) -> str:
    """The key that an override sets, adds or deletes: `seed` for `seed=1`, `+seed=1`, `++seed=1` and `~seed`."""
    return f"{override.key_or_group}@{override.package}" if override.package else override.key_or_group


class Composer:
    """Composes the jobs of the multirun whose config is `master`, each job once."""

    def __init__(self, master: DictConfig, loader: ConfigLoader) -> None:
        self.master, self.loader = master, loader
        self._parse = cache(OverridesParser.create(config_loader=loader).parse_override)
        self._group_options = cache(loader.get_group_options)  # Hydra copies all its sources to answer: 50 ms
        self._with_groups = cache(self._compose_groups)
        self._choices = cache(self._compose_choices)
        self._keys = cache(self._composed_keys)
        self._surplus = cache(self._surplus_keys)
        self._configs: dict[tuple[str, ...], Config] = {}

    def compose(self, overrides: Sequence[str]) -> Config:
        """The checked config of one job. Raises UserError, or one of Hydra's and OmegaConf's exceptions."""
        key = tuple(overrides)
        if key not in self._configs:
            self._configs[key] = self._compose(key)
        return self._configs[key]

    def lacking(self, overrides: Sequence[str]) -> frozenset[str]:
        """The knobs that the job's kinds do not have, although an override or a file sets them.

        With code=plain these are `code.active` of the override code.active=2, or of a study's file that sets it for all
        its runs. Raises the exceptions of `compose` for groups that cannot be composed.
        """
        keys = self._keys(self._groups(overrides))
        knobs = {key for text in overrides if not self._is_choice(text) and (key := self.key(text)) in kind_knobs()}
        return frozenset(knobs - keys) | self.surplus(overrides)

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
            choice: str = self._choices(self._groups(overrides))[key]
            return choice
        if key not in self._keys(self._groups(overrides)):
            raise KeyError(key)
        level: Level = plain(OmegaConf.select(self._composed(overrides), key, throw_on_missing=True))
        return level

    def level(self, override: str) -> Level:
        """The value of an override, such as 8 for `model.bottleneck=8`."""
        value: Level = self._parse(override).value()  # type: ignore[assignment] # Hydra's types are wider
        return value

    def _compose(self, overrides: Sequence[str]) -> Config:
        return parse(self._composed(overrides))

    def _composed(self, overrides: Sequence[str]) -> DictConfig:
        config = deepcopy(self._with_groups(self._groups(overrides)))
        # Hydra's own function, so that prefixes and their order mean the same as for its launchers
        of_keys = [self._parse(text) for text in overrides if not self._is_choice(text)]
        ConfigLoaderImpl._apply_overrides_to_config(of_keys, config)
        return config

    def _compose_groups(self, choices: tuple[str, ...]) -> DictConfig:
        """The run's part of the config with these groups chosen."""
        config = self.loader.load_sweep_config(self.master, list(choices))
        without_hydra = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
        OmegaConf.set_struct(without_hydra, True)  # a masked copy is not in struct mode
        return without_hydra

    def _compose_choices(self, choices: tuple[str, ...]) -> dict[str, str]:
        """The choice of each group."""
        return dict(self.loader.load_sweep_config(self.master, list(choices)).hydra.runtime.choices)

    def _composed_keys(self, choices: tuple[str, ...]) -> frozenset[str]:
        """The dotted keys of the config with these groups, also those whose value is still missing."""
        config = self._with_groups(choices)
        of_runs = OmegaConf.masked_copy(config, [str(key) for key in config if key not in MULTIRUN_KEYS])
        values: Any = OmegaConf.to_container(of_runs, resolve=False)
        return frozenset(key for key, _ in flatten(values))

    def _surplus_keys(self, choices: tuple[str, ...]) -> frozenset[str]:
        config, keys = self._with_groups(choices), kind_knobs() & self._keys(choices)
        return frozenset(key for key in keys if key not in _knobs_of_kind(config, section=key.partition(".")[0]))

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
