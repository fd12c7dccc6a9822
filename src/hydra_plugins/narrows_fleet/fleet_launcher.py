"""Hydra's launcher that trains the jobs of a multirun side by side, as fleets. Thin on purpose."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.plugins.launcher import Launcher

if TYPE_CHECKING:
    from hydra.core.utils import JobReturn
    from hydra.types import HydraContext, TaskFunction
    from omegaconf import DictConfig


class FleetLauncher(Launcher):
    """Takes any sweeper's jobs; the options are those of `narrows.sweep.fleets.Options`."""

    def __init__(self, max_size: Any, processes: Any, cluster: Any, parameters: Any) -> None:  # noqa: ANN401
        self.values = {"max_size": max_size, "processes": processes, "cluster": cluster, "parameters": parameters}

    def setup(self, *, hydra_context: "HydraContext", task_function: "TaskFunction", config: "DictConfig") -> None:
        from omegaconf import OmegaConf

        from narrows.sweep.launch import options

        self.context, self.config = hydra_context, config
        self.options = options(dict(OmegaConf.to_container(OmegaConf.create(self.values))))  # type: ignore[arg-type]

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> "Sequence[JobReturn]":
        from hydra.core.utils import JobReturn, JobStatus

        from narrows.app.grid import Composer
        from narrows.sweep.launch import launch

        composer = Composer(self.config, self.context.config_loader)
        folders = [
            Path(self.config.hydra.sweep.dir) / _subdir(row, number)
            for number, row in enumerate(job_overrides, initial_job_idx)
        ]
        orders = [(composer.compose(_own(row)), folder) for row, folder in zip(job_overrides, folders, strict=True)]
        for row, folder in zip(job_overrides, folders, strict=True):
            _note(_own(row), folder)
        losses = launch(orders, self.options, self.config.sweep.on_error)
        return [
            JobReturn(overrides=row, status=JobStatus.COMPLETED, _return_value=loss)
            for row, loss in zip(job_overrides, losses, strict=True)
        ]


def _note(row: Sequence[str], folder: Path) -> None:
    """Where Hydra's other launchers note down a job's overrides."""
    from omegaconf import OmegaConf

    notes = folder / ".hydra"
    notes.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(OmegaConf.create(list(row)), notes / "overrides.yaml")


def _own(row: Sequence[str]) -> list[str]:
    """The overrides without Hydra's."""
    return [text for text in row if not text.startswith("hydra.")]


def _subdir(row: Sequence[str], number: int) -> str:
    """The study's sweeper names a job's folder; without it jobs are numbered, as Hydra does."""
    named = [text.partition("=")[2] for text in row if text.startswith("hydra.sweep.subdir=")]
    return named[-1] if named else str(number)
