"""Composes the jobs that Hydra gives to the fleet launcher, finds their folders, and trains them."""

from collections.abc import Sequence
from pathlib import Path

from omegaconf import OmegaConf

from narrows.app.composer import Composer
from narrows.app.searches import add_trials, is_search
from narrows.sweep.launch import Options, launch

SUBDIR = "hydra.sweep.subdir="


def train_jobs(
    rows: Sequence[Sequence[str]], first_number: int, composer: Composer, options: Options, on_error: str
) -> list[float]:
    """Train the jobs, each given by its overrides; returns the losses that sweepers minimise."""
    sweep_folder = Path(composer.master.hydra.sweep.dir)
    jobs = {_subfolder(row, number): _without_hydra(row) for number, row in enumerate(rows, first_number)}
    runs = [(composer.compose(overrides), sweep_folder / name) for name, overrides in jobs.items()]
    if is_search(composer.master.hydra):
        add_trials(sweep_folder, jobs)
    for name, overrides in jobs.items():
        _write_overrides(overrides, sweep_folder / name)
    return launch(runs, options, on_error)


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
