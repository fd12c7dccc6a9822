"""From overrides to a checked config, by Hydra and OmegaConf."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from operator import floordiv
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from narrows.app.hydra_versions import VERSION_BASE, register_resolver
from narrows.app.interpolations import is_varying, typed_overrides
from narrows.app.messages import in_quotes, message
from narrows.app.train_help import train_help
from narrows.config.dotted import flatten, value_at
from narrows.config.evaluations import EVALUATIONS
from narrows.config.knobs import knobs
from narrows.config.objective_section import Weights
from narrows.config.schema import Config, Multirun
from narrows.config.study_section import ARM, as_text
from narrows.config.typed_text import quoted
from narrows.errors import UserError
from narrows.models.activations import ACTIVATIONS
from narrows.paths import conf_folder, data_root

#: Keys of the top level that decide nothing in a run.
MULTIRUN_KEYS = ("name", "study", "size", "sweep", "report")


def register_defaults() -> None:
    """Define what files in conf/ use: functions, called as `${name:arguments}`, and a weight of 0 for each term."""
    ConfigStore.instance().store("zero", dict.fromkeys(Weights.model_fields, 0.0), group="objective/weights")
    register_resolver("data_root", data_root, replace=True)
    register_resolver("sweep_name", _sweep_name, replace=True)
    register_resolver("run_name", _run_name, replace=True)
    register_resolver("activations", lambda: ",".join(ACTIVATIONS), replace=True)
    register_resolver("evaluations", lambda: ", ".join(EVALUATIONS), replace=True)
    register_resolver("quotient", floordiv, replace=True)
    register_resolver("by_size", _by_size, replace=True)
    register_resolver("train_help", _train_help, replace=True)


@contextmanager
def initialized() -> Iterator[None]:
    """Initialises Hydra, so that the configs in conf/ can be composed."""
    register_defaults()
    with initialize_config_dir(str(conf_folder()), **VERSION_BASE):
        yield


def configure(*overrides: str) -> Config:
    """The checked config of `narrows train OVERRIDES`, for Python and notebooks.

    Raises UserError, whose message is one line, for overrides that are not valid.
    """
    try:
        with initialized():
            return parse(compose("config", list(overrides)))
    except (HydraException, OmegaConfBaseException) as error:
        raise UserError(message(error, knobs())) from None


def parse(cfg: DictConfig) -> Config:
    """The checked config of a run, from Hydra's."""
    try:
        return Config.parse(_plain(cfg, without=MULTIRUN_KEYS))
    except UserError as error:
        raise UserError(_as_typed(str(error), cfg)) from None


def _as_typed(problem: str, cfg: DictConfig) -> str:
    """The problem with what was typed in front of it, if that was an interpolation such as `seed=${hydra:job.num}`."""
    key = problem.partition("=")[0]
    values: Any = OmegaConf.to_container(cfg, resolve=False)
    value = value_at(values, key)
    if is_varying(value):
        decoded = f"; ${{oc.decode:{value}}} reads a number" if "='" in problem else ""
        return f"{key}={value}: here {problem}{decoded}"
    needs_quotes = problem.endswith("must be a valid string") and not isinstance(value, Mapping | list)
    return f"{problem}; quoted it is one: {in_quotes(key, as_text(value))}" if needs_quotes else problem


def multirun_sections(cfg: DictConfig) -> Multirun:
    """The checked sections `sweep` and `report`, from Hydra's config."""
    return Multirun.parse({key: plain(cfg.get(key)) for key in Multirun.model_fields})


def plain(node: Any, *, resolve: bool = True) -> Any:  # noqa: ANN401 - nested plain values
    """A node of a config as nested plain values. Raises one of OmegaConf's exceptions for a missing value."""
    return OmegaConf.to_container(node, resolve=resolve, throw_on_missing=True) if OmegaConf.is_config(node) else node


def _plain(cfg: DictConfig, without: Collection[str] = ()) -> dict[str, Any]:
    """The config without Hydra's own section as nested plain values, all interpolations resolved."""
    return {str(key): plain(cfg[key]) for key in cfg if key not in ("hydra", *without)}


def unresolved(config: DictConfig) -> Iterator[tuple[str, Any]]:
    """Every dotted key of a run with its value, also those that are interpolations or missing."""
    of_runs = OmegaConf.masked_copy(config, [str(key) for key in config if key not in ("hydra", *MULTIRUN_KEYS)])
    values: Any = OmegaConf.to_container(of_runs, resolve=False)
    return flatten(values)


def resolved(config: DictConfig) -> list[str]:
    """Overrides of the keys whose values are interpolations that vary, such as `seed=${hydra:job.num}`, with values."""
    varying = [key for key, value in unresolved(config) if is_varying(value)]
    values = {key: plain(OmegaConf.select(config, key)) for key in varying}
    return [f"++{key}={quoted(value) if isinstance(value, str) else as_text(value)}" for key, value in values.items()]


def _sweep_name(now: str, *, _root_: DictConfig) -> str:
    """The name of a multirun's folder: `name`, else the study's with its size, else the last words of the swept keys.

    Sweepers that search number their trials from 0, so each search has a folder named by the time, `now`.
    """
    if _root_.get("name") is not None:  # `--cfg hydra` shows this section without the run's
        return str(_root_.name)
    if not _root_.hydra.sweeper._target_.endswith("StudySweeper"):
        return f"search_{now}"
    study = _root_.get("study") or {}
    if study.get("name"):
        return str(study["name"]) + ("" if _root_.size == "full" else f"_{_root_.size}")
    overrides = OverridesParser.create().parse_overrides(typed_overrides(_root_.hydra))
    swept = {override.key_or_group for override in overrides if override.is_sweep_override()}
    words = sorted(key.rpartition(".")[2] for key in swept | ({ARM} if study.get("arms") else set()))
    return "-".join(words) or "multirun"


def _run_name(now: str, *, _root_: DictConfig) -> str:
    """The name of a single run's folder: `name`, else the time, `now`."""
    return now if _root_.get("name") is None else str(_root_.name)


def _by_size(smoke: int, quick: int, full: int, *, _root_: DictConfig) -> int:
    """The value for the chosen size of a study."""
    return {"smoke": smoke, "quick": quick, "full": full}[_root_.size]


def _train_help(*, _root_: DictConfig) -> str:
    return train_help(_plain(_root_))
