"""What the tests of the sweep room share: grids read as the command line does it, tiny sweeps, and what they left."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from narrows.app.compose import initialized
from narrows.app.composer import Composer
from narrows.app.hydra_arguments import hydra_overrides
from narrows.app.study_file import axis_overrides, study_axes
from narrows.app.study_grid import read_grid
from narrows.config.schema import Config
from narrows.runs import record
from narrows.runs.record import Record
from narrows.runs.study import Study
from narrows.sweeps.plan import Job

#: The smallest run that still trains: 8 steps on 128 real digits.
SMALL = (
    "data=mnist5k",
    "data.train_size=128",
    "data.batch_size=16",
    "model.widths=[16]",
    "trainer=cpu",
    "trainer.max_epochs=1",
    "logger=none",
)


#: Trained one after the other and so equal to the bit to runs alone.
ONE_BY_ONE = (*SMALL, "hydra/launcher=basic")
AXES = ("model.bottleneck=2,3", "seed=0,1")
FOLDER = Path("outputs/bottleneck-seed")  # where a multirun of these axes goes
NAMES = [f"bottleneck-{bottleneck}_seed-{seed}" for bottleneck in (2, 3) for seed in (0, 1)]
REPORT = {
    "report.html", "report.md", "table.tex", "methods.tex", "runs.csv", "summary.csv", "differences.csv", "figures"
}  # fmt: skip


@contextmanager
def hydra_for(*arguments: str) -> Iterator[tuple[DictConfig, ConfigLoader]]:
    """The config and the loader that a sweeper gets from `narrows train -m ARGUMENTS`."""
    with initialized():
        hydra = GlobalHydra.instance().hydra
        assert hydra is not None
        overrides = hydra_overrides(arguments, multirun=True)
        master = hydra.compose_config("config", overrides, run_mode=RunMode.MULTIRUN)
        yield master, hydra.config_loader


def read(master: DictConfig, loader: ConfigLoader) -> tuple[Study, list[Job]]:
    params = axis_overrides(master.hydra.sweeper.params or {})
    arguments = OmegaConf.to_container(master.hydra.overrides.task, resolve=False)
    return read_grid(Composer(master, loader), params or study_axes(master), arguments)


def grid(*arguments: str) -> tuple[Study, list[Job]]:
    """The study and the jobs of `narrows train -m ARGUMENTS`."""
    with hydra_for(*arguments) as (master, loader):
        return read(master, loader)


def records(folder: Path) -> dict[str, Record]:
    """The record of each run below a study's folder, by the run's folder."""
    return {path.parent.name: record.read(path.parent) for path in sorted(folder.glob(f"*/{record.NAME}"))}


def numbers(one: Record) -> dict:
    """What must be equal for two runs of one config, however they were started, stopped and continued."""
    curves = {name: values for name, values in one.curves.items() if name not in ("seconds", "images_per_second")}
    kept = ("status", "error", "fingerprint", "seed", "data", "metrics", "epochs", "best_epoch", "parameters")
    return one.model_dump(include=set(kept)) | {"curves": curves}


def all_numbers(folder: Path) -> dict[str, dict]:
    return {name: numbers(one) for name, one in records(folder).items()}


def stamps(folder: Path) -> dict[str, int]:
    """When each record and checkpoint was written: equal stamps say that nothing was trained in between."""
    paths = [path for path in folder.glob("*/*") if path.name == record.NAME or path.suffix == ".ckpt"]
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in paths}


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def configs(*arguments: str) -> dict[str, Config]:
    """The config of each run of a small sweep, by the run's folder."""
    return {job.name: job.config for job in grid(*SMALL, *arguments)[1]}
