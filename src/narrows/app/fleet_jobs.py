"""Composes the jobs that Hydra gives to the fleet launcher, finds their folders, and trains them."""

from collections.abc import Sequence
from math import inf
from pathlib import Path

from omegaconf import OmegaConf

from narrows.app.composer import Composer
from narrows.app.searches import add_trials, is_search, refuse
from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.sweep.launch import Options, launch

SUBDIR = "hydra.sweep.subdir="


def train_jobs(
    rows: Sequence[Sequence[str]], first_number: int, composer: Composer, options: Options, on_error: str
) -> list[float]:
    """Train the jobs, each given by its overrides; returns the losses that sweepers minimise.

    A search goes on without trials that are refused; their losses are infinite.
    """
    folder = Path(composer.master.hydra.sweep.dir)
    jobs = {_subfolder(row, number): _without_hydra(row) for number, row in enumerate(rows, first_number)}
    configs = {name: _config(composer, overrides) for name, overrides in jobs.items()}
    refused = {name: error for name, error in configs.items() if isinstance(error, UserError)}
    if is_search(composer.master.hydra):
        add_trials(folder, jobs)
    for name, error in refused.items():
        refuse(folder / name, jobs[name], error)
    runs = [(config, folder / name) for name, config in configs.items() if isinstance(config, Config)]
    for _, run in runs:
        _write_overrides(jobs[str(run.relative_to(folder))], run)
    losses = iter(launch(runs, options, on_error))
    return [inf if name in refused else next(losses) for name in jobs]


def _config(composer: Composer, overrides: Sequence[str]) -> Config | UserError:
    """The config of a job, or the error for which a trial of a search is refused."""
    try:
        return composer.compose(overrides)
    except UserError as error:
        if not is_search(composer.master.hydra):
            raise
        return error


def _subfolder(row: Sequence[str], number: int) -> str:
    """The folder that the study sweeper gave to a job; for other sweepers, which give none, the job's number."""
    names = [text.removeprefix(SUBDIR) for text in row if text.startswith(SUBDIR)]
    return names[-1] if names else str(number)


def _without_hydra(row: Sequence[str]) -> list[str]:
    return [text for text in row if not text.startswith("hydra.")]


def _write_overrides(overrides: Sequence[str], folder: Path) -> None:
    """Write the job's overrides where Hydra's own launchers write them."""
    (folder / ".hydra").mkdir(parents=True, exist_ok=True)
    OmegaConf.save(OmegaConf.create(list(overrides)), folder / ".hydra" / "overrides.yaml")
