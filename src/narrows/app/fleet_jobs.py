"""Composes the jobs that Hydra gives to the fleet launcher, finds their folders, and trains them."""

from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path

from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from narrows.app.composer import Composer
from narrows.app.job_config import Place
from narrows.app.messages import message
from narrows.app.searches import add_trials, is_search, refuse
from narrows.config.knobs import knobs
from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.sweeps.launch import Options, launch

SUBDIR = "hydra.sweep.subdir"


def train_jobs(
    rows: Sequence[Sequence[str]], first_number: int, composer: Composer, options: Options, on_error: str
) -> list[float]:
    """Train the jobs, each given by its overrides; returns the losses that sweepers minimise.

    A search goes on without trials that are refused; their losses are infinite.
    """
    folder = Path(composer.master.hydra.sweep.dir)
    places = [Place(number, _subfolder(row, number, composer)) for number, row in enumerate(rows, first_number)]
    jobs = {place.folder: _without_hydra(row) for place, row in zip(places, rows, strict=True)}
    configs = {place.folder: _config(composer, jobs[place.folder], place) for place in places}
    refused = {name: error for name, error in configs.items() if isinstance(error, UserError)}
    if is_search(composer.master.hydra):
        add_trials(folder, {place.folder: _trial(jobs[place.folder], place, composer, refused) for place in places})
    for name, error in refused.items():
        refuse(folder / name, jobs[name], error)
    runs = [(config, folder / name) for name, config in configs.items() if isinstance(config, Config)]
    for _, run in runs:
        write_overrides(jobs[str(run.relative_to(folder))], run)
    losses = iter(launch(runs, options, on_error))
    return [inf if name in refused else next(losses) for name in jobs]


def _trial(
    overrides: Sequence[str], place: Place, composer: Composer, refused: Mapping[str, UserError]
) -> Sequence[str]:
    """The overrides of a trial, with what interpolations stand for unless it is refused."""
    return overrides if place.folder in refused else [*overrides, *composer.resolved(overrides, place)]


def _config(composer: Composer, overrides: Sequence[str], place: Place) -> Config | UserError:
    """The config of a job, or the error for which a trial of a search is refused."""
    try:
        return composer.compose(overrides, place)
    except (UserError, HydraException, OmegaConfBaseException) as error:
        if not is_search(composer.master.hydra):
            raise
        return UserError(message(error, knobs()))


def _subfolder(row: Sequence[str], number: int, composer: Composer) -> str:
    """The folder that the study sweeper gave to a job; for other sweepers, which give none, the job's number."""
    names = [composer.level(text) for text in row if text.startswith(f"{SUBDIR}=")]
    return str(names[-1] if names else number)


def _without_hydra(row: Sequence[str]) -> list[str]:
    return [text for text in row if not text.startswith("hydra.")]


def write_overrides(overrides: Sequence[str], folder: Path) -> None:
    """Write the job's overrides where Hydra's own launchers write them."""
    (folder / ".hydra").mkdir(parents=True, exist_ok=True)
    OmegaConf.save(OmegaConf.create(list(overrides)), folder / ".hydra" / "overrides.yaml")
