"""Configs and studies for callers in Python, composed and refused as those of the command line."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf.errors import OmegaConfBaseException

from narrows.app.compose import initialized, multirun_sections
from narrows.app.composer import Composer
from narrows.app.fleet_jobs import write_overrides
from narrows.app.group_choices import refuse_values_of_groups
from narrows.app.job_config import hydra_config_restored, set_hydra_config
from narrows.app.messages import message
from narrows.app.study_file import study_axes
from narrows.app.study_grid import read_grid
from narrows.config.knobs import knobs
from narrows.config.schema import Config, Multirun
from narrows.config.typed_text import quoted
from narrows.errors import UserError
from narrows.runs.study import Study
from narrows.sweeps.conduct import conduct, time_left
from narrows.sweeps.launch import Options, launch, options
from narrows.sweeps.plan import Job
from narrows.sweeps.run_one import can_write


def config_of(overrides: Sequence[str]) -> Config:
    """The checked config of `narrows train OVERRIDES`. Raises UserError, one line with the key and the choices.

    The first call takes half a second, others that choose the same groups 15 ms.
    """
    with _one_line_errors():
        refuse_values_of_groups(overrides)
        return _composer().compose_anew(overrides)


class PlannedSweep(NamedTuple):
    """A study and its jobs, to be trained in `folder` as `narrows train -m` does."""

    study: Study
    jobs: list[Job]
    folder: Path
    sections: Multirun

    def conduct(self, processes: int | None, stays: bool) -> int:
        """Train the runs that are not done and write the report; 0 if all runs are done then, else 1.

        At most `processes` fleets train at a time; None: as many as there are cores or GPUs. A folder that `stays` is
        worth links to TensorBoard.
        """
        sweep, report, fleets = self.sections.sweep, self.sections.report, _fleets(processes)

        def train(jobs: Sequence[Job]) -> None:
            runs = [(job, self.folder / job.name) for job in jobs if can_write(self.folder / job.name)]
            for job, folder in runs:
                write_overrides([*job.overrides, *job.resolved], folder)
            launch([(job.config, folder) for job, folder in runs if job.config], fleets, sweep.on_error)

        return conduct(self.study, self.jobs, self.folder, sweep, train, fleets, report.width, stays)

    def time_left(self) -> str:
        """The time that the runs which are not done will take as fleets, in words: “about 2.5 hours”."""
        return time_left(self.jobs, self.folder, _fleets(None))


def _fleets(processes: int | None) -> Options:
    return options({"max_size": None, "processes": processes, "cluster": None, "parameters": None})


def planned_sweep(overrides: Sequence[str], folder: Path) -> PlannedSweep:
    """The study of `narrows train -m OVERRIDES hydra.sweep.dir=FOLDER`. Raises UserError, in one line."""
    arguments = [*overrides, f"hydra.sweep.dir={quoted(str(folder))}"]
    with _one_line_errors(), hydra_config_restored():
        refuse_values_of_groups(arguments)
        loader = _loader()
        master = loader.load_configuration("config", arguments, RunMode.MULTIRUN)
        set_hydra_config(master)
        command = shlex.join(["narrows", "train", "-m", *arguments])
        study, jobs = read_grid(Composer(master, loader), study_axes(master), overrides, command)
        return PlannedSweep(study, jobs, folder, multirun_sections(master))


@cache
def _loader() -> ConfigLoader:
    """Hydra's loader of the files in conf/."""
    with initialized():
        return GlobalHydra.instance().config_loader()


@cache
def _composer() -> Composer:
    loader = _loader()
    return Composer(loader.load_configuration("config", [], RunMode.RUN), loader)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except (UserError, HydraException, OmegaConfBaseException) as error:
        raise UserError(message(error, knobs())) from None
