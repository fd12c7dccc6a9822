"""Checks before anything is written, so that a run or multirun that is refused creates no folder."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from narrows.app.compose import multirun_sections, parse
from narrows.app.exits import exit_on_error
from narrows.app.interpolations import typed_overrides
from narrows.app.job_config import set_hydra_config
from narrows.app.output_folders import folder_of, unused
from narrows.app.searches import begin, is_search
from narrows.app.study_file import chosen_study, study_section
from narrows.config.knobs import knobs
from narrows.config.model_size import refuse_too_large
from narrows.config.study_section import StudySection
from narrows.errors import UserError
from narrows.paths import writable
from narrows.report import widths
from narrows.runs import record, study
from narrows.runs.folder_lock import only_writer

_locks = ExitStack()  # not of a RunCheck, which launchers pickle


class RunCheck(Callback):
    """Called by Hydra before a run or a multirun begins. Hydra turns exceptions into warnings, except SystemExit."""

    def on_run_start(self, config: DictConfig, **_: Any) -> None:  # noqa: ANN401 - Hydra's signature
        with exit_on_error(knobs()):
            set_hydra_config(config)
            multirun_sections(config)
            _check_name("name", config.name)
            if chosen_study(config) or config.sweep.dry or config.size != "full" or config.report.width is not None:
                raise UserError("study=…, size=…, report.width=… and --dry are for a multirun: add -m")
            config.hydra.runtime.output_dir = str(folder_of(config, "run").absolute())
            checked = parse(config)
            refuse_too_large(checked)
            _refuse_used(folder_of(config, "run"), checked.run.resume)
            unused(config, "run")
            writable(folder_of(config, "run"), "hydra.run.dir")

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:  # noqa: ANN401 - Hydra's signature
        with exit_on_error(knobs()):
            set_hydra_config(config)
            multirun_sections(config)
            _refuse_subfolder(config.hydra)
            section = study_section(config)
            _check_name("name", config.name)
            _check_name("study.name", section.name or None)
            _refuse_run(folder_of(config, "sweep"))
            if is_search(config.hydra):
                _refuse_search(config, section)
                unused(config, "sweep")  # first, so that two searches of the same second have a folder each
                _refuse_earlier_trials(config, Path(config.hydra.sweep.dir))
                writable(folder_of(config, "sweep"), "hydra.sweep.dir")
                _locks.enter_context(only_writer(folder_of(config, "sweep"), "hydra.sweep.dir"))
                begin(config, section)

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:  # noqa: ANN401 - Hydra's signature
        _locks.close()


def _refuse_subfolder(hydra: DictConfig) -> None:
    """Raise UserError for names of runs' folders: they are those of their levels, and numbers in a search."""
    chosen: Any = OmegaConf.to_container(hydra.sweep, resolve=False)
    is_typed = any(text.lstrip("+").startswith("hydra.sweep.subdir=") for text in typed_overrides(hydra, "hydra"))
    if is_typed or chosen["subdir"] != "${hydra.job.num}":  # Hydra's default
        raise UserError(
            f"hydra.sweep.subdir={chosen['subdir']}: leave it out: the folders of runs are named by their levels, "
            "those of a search by numbers; hydra.sweep.dir=PATH or name=NAME names the folder that holds them"
        )


def _check_name(key: str, name: object) -> None:
    """Raise UserError for the name of a folder that would lie outside its parent; None is no name."""
    if name is not None and (not str(name).strip() or Path(str(name)).is_absolute() or ".." in Path(str(name)).parts):
        raise UserError(f"{key}={name}: must be the name of a folder below outputs")


def _refuse_search(config: DictConfig, section: StudySection) -> None:
    """Raise UserError if a sweeper other than ours is asked for what only ours does."""
    widths.width(config.report.width)
    if config.sweep.dry:
        raise UserError("--dry: only hydra/sweeper=study plans its runs before it trains; a search chooses them later")
    _refuse_study(config, section)


def _refuse_earlier_trials(config: DictConfig, folder: Path) -> None:
    """Raise UserError for a folder whose runs the trials of a search, numbered from 0, would overwrite."""
    continued = (
        "; to continue a search, give it and its continuation the same hydra.sweeper.storage=sqlite:///search.db "
        "hydra.sweeper.study_name=STUDY, and each its own name"
    )
    advice = f"choose another name=NAME{continued if 'storage' in config.hydra.sweeper else ''}"
    if config.name is not None and folder.is_dir() and any(folder.iterdir()):
        raise UserError(f"name={config.name}: {folder} holds a sweep already, and trials start at number 0; {advice}")
    if (folder / study.NAME).exists():
        raise UserError(f"hydra.sweep.dir={folder}: holds the runs of a study or a search; {advice}")


def _refuse_study(config: DictConfig, section: StudySection) -> None:
    """Raise UserError for the grid of a study, whose axes and values are not those that a search takes."""
    sweeper = f"hydra/sweeper={config.hydra.runtime.choices.get('hydra/sweeper')}"
    if chosen := chosen_study(config):
        raise UserError(
            f"study={chosen}: only hydra/sweeper=study trains the grid of a study; with {sweeper} leave study= out and "
            "type ranges and fixed settings as keys, such as 'model.bottleneck=range(1,9)' data=mnist5k"
        )
    if section.arms or section.sizes:
        key = "study.arms" if section.arms else "study.sizes"
        raise UserError(f"{key}: only hydra/sweeper=study has it; with {sweeper} type ranges and settings as keys")


def _refuse_run(folder: Path) -> None:
    """Raise UserError for a multirun into the folder of a single run."""
    if (folder / record.NAME).is_file() and not (folder / study.NAME).exists():
        raise UserError(f"hydra.sweep.dir={folder}: holds a single run; choose name=NAME or another folder")


def _refuse_used(folder: Path, resume: bool) -> None:
    """Raise UserError for a folder with a study or a run, unless the run failed, was refused, or is to be resumed."""
    try:
        earlier = record.read(folder)
    except ValueError:
        raise UserError(f"hydra.run.dir={folder}: its record.json is damaged; name another folder") from None
    except OSError as error:
        raise UserError(f"hydra.run.dir={folder}: cannot be read ({error.strerror})") from None
    if (folder / study.NAME).exists():
        raise UserError(f"hydra.run.dir={folder}: holds the runs of a study; name another folder for a single run")
    begun = earlier is not None or any(folder.glob("*.ckpt"))
    if resume and not begun:
        raise UserError(f"run.resume=true: there is no run to continue in hydra.run.dir={folder}")
    if begun and not resume and (earlier is None or earlier.status not in ("failed", "refused")):
        status = earlier.status if earlier else "unfinished"
        raise UserError(
            f"hydra.run.dir={folder}: holds a run already ({status}); name another folder or add run.resume=true"
        )
