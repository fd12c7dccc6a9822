"""What the command line needs around Hydra: one-line errors, exit statuses, --help, and a check before anything."""

import difflib
import os
import re
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from operator import floordiv
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from narrows.config.evaluations import EVALUATIONS
from narrows.config.knobs import knobs, table
from narrows.config.schema import Config
from narrows.errors import Diverged, Interrupted, UserError
from narrows.models.activations import ACTIVATIONS
from narrows.paths import data_root, writable
from narrows.runs import record

CONF = Path(__file__).resolve().parents[3] / "conf"

#: Which extra of pyproject.toml brings which of Hydra's plugins, by how their names begin.
EXTRAS = {
    "joblib": "joblib",
    "submitit": "submitit",
    "optuna": "optuna",
    "search": "optuna",
    "tpe": "optuna",
    "ray": "ray",
}

HELP = """Train one autoencoder, or with -m one for each combination of the values given.

  python scripts/train.py                                       the default: 784-128-64-12-3 on MNIST
  python scripts/train.py model.bottleneck=8 data=mnist5k       any knob by its dotted name
  python scripts/train.py hydra.run.dir=PATH                    into a folder of your choice
  python scripts/train.py -m model.bottleneck=2,8 seed=0,1,2    every combination
  python scripts/train.py -m study=bottleneck size=quick        a question with a file of its own in conf/study
  python scripts/train.py -m study=bottleneck --dry             its grid, what is done already, an estimate

A slot is chosen by its name (model=conv, code=variational, objective=bce, trainer=cpu); `name` says which there are.

  key                           default          meaning
{knobs}

Hydra's own options: --cfg job prints the config, --info what it was made of, --hydra-help the rest."""


def register_resolvers() -> None:
    """What files in conf/ may ask for: where data sets lie, a multirun's folder, names, quotients, --help's text."""
    OmegaConf.register_new_resolver("data_root", data_root, replace=True)
    OmegaConf.register_new_resolver("sweep_name", _sweep_name, replace=True)
    OmegaConf.register_new_resolver("activations", lambda: ",".join(ACTIVATIONS), replace=True)
    OmegaConf.register_new_resolver("evaluations", lambda: ", ".join(EVALUATIONS), replace=True)
    OmegaConf.register_new_resolver("quotient", floordiv, replace=True)
    OmegaConf.register_new_resolver("knobs", _help, replace=True)


def _sweep_name(now: str, *, _root_: DictConfig) -> str:
    """A study's folder: its name and, where it was cut down, its size; without a study, the keys that vary.

    A search, whose trials are told apart by nothing but their number, gets a folder of its own each time.
    """
    if not _root_.hydra.sweeper._target_.endswith("StudySweeper"):
        return f"search_{now}"
    if "study" in _root_:
        return str(_root_.study.name) + ("" if _root_.size == "full" else f"_{_root_.size}")
    parsed = OverridesParser.create().parse_overrides(list(_root_.hydra.overrides.task))
    words = sorted(o.key_or_group.rpartition(".")[2] for o in parsed if o.is_sweep_override())
    return "-".join(words) or "multirun"


def _help(*, _root_: DictConfig) -> str:
    sweep = {"sweep": OmegaConf.to_container(_root_.sweep), "size": _root_.size}
    return HELP.format(knobs=table(_plain(_root_) | sweep))


def parse(cfg: DictConfig) -> Config:
    """The checked config of a run from Hydra's; the only place where one becomes the other."""
    return Config.parse(_plain(cfg))


def configure(*overrides: str) -> Config:
    """The checked config of `train.py OVERRIDES`, for notebooks. Raises UserError, in one line, for what it refuses."""
    register_resolvers()
    try:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            return parse(compose("config", list(overrides)))
    except (HydraException, OmegaConfBaseException) as error:
        raise UserError(line(error, knobs())) from None


def _plain(cfg: DictConfig) -> dict[str, Any]:
    """Nested plain values of the run's part of a config, resolved where they stand: a run may refer to its study."""
    whole = OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key != "hydra"])
    values = OmegaConf.to_container(whole, resolve=True, throw_on_missing=True)
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items() if key not in ("study", "size", "sweep")}


def command(main: Callable[[], Any], keys: Collection[str]) -> None:
    """Run a Hydra app that knows `keys`; whatever goes wrong before its job begins is told as in `told`."""
    register_resolvers()
    os.environ["HYDRA_FULL_ERROR"] = "1"  # exceptions come to us and not to Hydra's printer
    with told(keys):
        main()


@contextmanager
def told(keys: Collection[str] = ()) -> Iterator[None]:
    """End the program with one line for a user's mistake (status 2), a run that diverged (1) or a signal n (128 + n).

    Also worn by the job itself: an exception that Hydra sees go by is announced with a line of Hydra's own.
    """
    try:
        yield
    except (UserError, HydraException, OmegaConfBaseException) as error:
        fail(line(error, keys), 2)
    except Diverged as error:
        fail(str(error), 1)
    except Interrupted as error:
        fail(str(error), 128 + error.signal)
    except KeyboardInterrupt:
        fail("interrupted before it began", 130)


def count(key: str, value: object) -> int:
    """A whole number of at least 1 that a user gave for `key`; raises UserError for anything else."""
    text = str(value)
    if not text.isdecimal() or int(text) < 1:
        raise UserError(f"{key}={value}: must be a whole number of at least 1")
    return int(text)


def fail(message: str, status: int) -> None:
    """End the program with one line on stderr."""
    print(f"error: {message}", file=sys.stderr)
    raise SystemExit(status)


class Check(Callback):
    """Refuses a run before Hydra makes its folder: nothing is written for a config that cannot work."""

    def on_run_start(self, config: DictConfig, **_: Any) -> None:  # noqa: ANN401 - Hydra's signature
        with told(knobs()):  # as SystemExit: Hydra turns a callback's other exceptions into warnings
            if "study" in config or config.sweep.dry:
                raise UserError("study=… and --dry are for a multirun: add -m")
            resume = parse(config).run.resume
            folder = Path(config.hydra.run.dir)
            _vacant(folder, resume)
            writable(folder, "hydra.run.dir")


def _vacant(folder: Path, resume: bool) -> None:
    """A folder that holds a run is only used to continue that run, or to try again what failed."""
    try:
        found = record.read(folder)
    except ValueError:
        raise UserError(f"hydra.run.dir={folder}: its record.json is damaged; name another folder") from None
    begun = any(folder.glob("*.ckpt")) or found is not None
    if resume and not begun:
        raise UserError(f"run.resume=true: there is no run to continue in hydra.run.dir={folder}")
    if begun and not resume and (found is None or found.status != "failed"):
        status = found.status if found else "unfinished"
        raise UserError(
            f"hydra.run.dir={folder}: holds a run already ({status}); name another folder or add run.resume=true"
        )


def line(error: Exception, keys: Collection[str] = ()) -> str:
    """The message in one line, with the choices where Hydra leaves them out."""
    text = " ".join(str(error).split("Config search path")[0].split())
    if missing := re.search(r"Could not (?:find|load) 'hydra/(?:launcher|sweeper)/(?:\w+/)*(\w+)'", text):
        for plugin, extra in EXTRAS.items():
            if missing[1].startswith(plugin):
                return f"{missing[1]} is an extra that is not installed: pip install -c constraints.txt -e '.[{extra}]'"
    if key := re.search(r"Missing mandatory value: .*full_key: (\S+)", text):
        return f"{key[1]}=… is missing"
    if group := re.search(r"Could not find '(.+?)' Available options in '(.+?)': (.+)", text):
        return f"{group[2]}={group[1].removeprefix(f'{group[2]}/')}: choose from {', '.join(group[3].split())}"
    if argument := re.search(r"unexpected keyword argument '(\w+)'.*full_key: hydra\.launcher", text):
        return _unknown(f"hydra.launcher.{argument[1]}", keys)
    if key := re.search(r"Could not override '(.+?)'|Key '(.+?)' is not in struct|^(\S+=\S+): Extra inputs", text):
        return _unknown(key[1] or key[2] or key[3], keys)
    return text


def _unknown(key: str, keys: Collection[str]) -> str:
    if key.startswith("hydra.launcher."):
        from narrows.sweep.launch import Options  # which loads joblib, for 0.2 s

        return f"{key}: this launcher has no such key; hydra/launcher=fleet has {', '.join(Options.model_fields)}"
    if key in keys:
        return f"{key}: not with these choices, of which another has it: see --help"
    near = difflib.get_close_matches(key, keys, n=1) or difflib.get_close_matches(key.split(".")[-1], keys, n=1)
    guess = f" (did you mean {near[0]}?)" if near else ""
    return f"{key}: no such key{guess}; choose from {', '.join(keys)}"
