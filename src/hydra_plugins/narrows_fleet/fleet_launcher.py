"""Hydra's launcher that trains the jobs of a multirun as fleets. The work is done in narrows.app.fleet_jobs.

Hydra imports every plugin whenever it starts, so slow imports stand inside the methods.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hydra.plugins.launcher import Launcher

if TYPE_CHECKING:
    from hydra.core.utils import JobReturn
    from hydra.types import HydraContext, TaskFunction
    from omegaconf import DictConfig

    from narrows.app.composer import Composer


class FleetLauncher(Launcher):
    """Works with any sweeper; its options are those of `narrows.sweeps.launch.Options`.

    A sweeper that has already composed the jobs sets `composer` to its own composer, which returns them again.
    """

    composer: "Composer"

    def __init__(self, max_size: Any, processes: Any, cluster: Any, parameters: Any) -> None:  # noqa: ANN401
        self.values = {"max_size": max_size, "processes": processes, "cluster": cluster, "parameters": parameters}

    def setup(self, *, hydra_context: "HydraContext", task_function: "TaskFunction", config: "DictConfig") -> None:
        from omegaconf import OmegaConf

        from narrows.app.composer import Composer
        from narrows.sweeps.launch import options

        self.composer = Composer(config, hydra_context.config_loader)
        self.options = options(dict(OmegaConf.to_container(OmegaConf.create(self.values))))  # type: ignore[arg-type]

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> "Sequence[JobReturn]":
        from hydra.core.utils import JobReturn, JobStatus

        from narrows.app.fleet_jobs import train_jobs

        on_error = self.composer.master.sweep.on_error
        losses = train_jobs(job_overrides, initial_job_idx, self.composer, self.options, on_error)
        return [
            JobReturn(overrides=row, status=JobStatus.COMPLETED, _return_value=loss)
            for row, loss in zip(job_overrides, losses, strict=True)
        ]
