"""Hydra's sweeper for a study: a grid that skips finished runs, continues interrupted ones and ends with a report.

Hydra imports every plugin whenever it starts, so slow imports stand inside the methods. The work is done in narrows.app
and narrows.sweeps.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

if TYPE_CHECKING:
    from narrows.sweeps.plan import Job


class StudySweeper(BasicSweeper):
    """Trains every combination of `params` (None: the study's axes) and of the command line, by any launcher.

    Ends the program with status 1 if a run failed, 2 for a user's mistake, 128 + n for a signal n.
    """

    def __init__(self, params: dict[str, str] | None = None) -> None:
        super().__init__(max_batch_size=None, params=params)

    def sweep(self, arguments: list[str]) -> Any:  # noqa: ANN401 - Hydra's signature
        from hydra_plugins.narrows_fleet.fleet_launcher import FleetLauncher
        from narrows.app.compose import multirun_sections
        from narrows.app.composer import Composer
        from narrows.app.exits import exit_on_error
        from narrows.app.hydra_application import COMMAND
        from narrows.app.study_file import axis_overrides, study_axes
        from narrows.app.study_grid import read_grid
        from narrows.runs.interrupts import interruptible
        from narrows.sweeps.conduct import conduct

        assert self.config is not None and self.hydra_context is not None
        with exit_on_error(), interruptible():
            composer = Composer(self.config, self.hydra_context.config_loader)
            axes = axis_overrides(self.params) if self.params else study_axes(self.config)
            study, jobs = read_grid(composer, axes, arguments, COMMAND.get())
            fleets = self.launcher if isinstance(self.launcher, FleetLauncher) else None
            if fleets:
                fleets.composer = composer
            folder, sections = Path(self.config.hydra.sweep.dir), multirun_sections(self.config)
            fleet_options, width = fleets.options if fleets else None, sections.report.width
            status = conduct(study, jobs, folder, sections.sweep, self._launch, fleet_options, width)
        if status:
            raise SystemExit(status)

    def _launch(self, jobs: Sequence["Job"]) -> object:
        from narrows.config.typed_text import quoted
        from narrows.sweeps.run_one import can_write

        assert self.launcher is not None and self.config is not None
        sweep = self.config.hydra.sweep.dir
        folder = f"hydra.sweep.dir={quoted(sweep)}"  # of the sweep; a job would derive another one
        overrides = [
            [*job.overrides, *job.resolved, folder, f"hydra.sweep.subdir={quoted(job.name)}"]
            for job in jobs
            if can_write(Path(sweep) / job.name)
        ]
        return self.launcher.launch(overrides, initial_job_idx=0)
