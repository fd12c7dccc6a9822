"""What `${hydra:…}` is in a job of a multirun, resolved when the multirun is planned and equal for every launcher."""

import os.path
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from hydra._internal.config_loader_impl import get_overrides_dirname
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf, open_dict, read_write


class Place(NamedTuple):
    """The number of a job in its multirun, `hydra.job.num`, and the name of its folder."""

    number: int
    folder: str


def set_hydra_config(config: DictConfig) -> None:
    """Let `${hydra:…}` read the section `hydra` of `config`.

    Hydra does so while a run trains, but not while it is checked or while a multirun is planned.
    """
    HydraConfig.instance().set_config(config)
    OmegaConf.set_readonly(config.hydra, False)  # as before: Hydra goes on to write into it


@contextmanager
def hydra_config_restored() -> Iterator[None]:
    """After the body, `${hydra:…}` reads what it read before."""
    before = HydraConfig.instance().cfg
    try:
        yield
    finally:
        HydraConfig.instance().cfg = before


def fill_in(config: DictConfig, folder: str, place: Place, overrides: Sequence[Override]) -> None:
    """Fill in the section `hydra` as Hydra's launchers do for a job in `folder`, the multirun's."""
    hydra, style = config.hydra, config.hydra.job.config.override_dirname
    with read_write(hydra), open_dict(hydra):
        hydra.job.num, hydra.job.id = place.number, str(place.number)
        hydra.sweep.dir, hydra.sweep.subdir = folder, place.folder
        hydra.runtime.output_dir = os.path.abspath(os.path.join(folder, place.folder))  # noqa: PTH100,PTH118 - as Hydra
        hydra.overrides.task = [override.input_line for override in overrides]
        hydra.job.override_dirname = get_overrides_dirname(
            list(overrides), style.exclude_keys, item_sep=style.item_sep, kv_sep=style.kv_sep
        )
