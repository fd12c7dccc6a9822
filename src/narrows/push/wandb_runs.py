"""Pushes to Weights & Biases: to its server, or with WANDB_MODE=offline into a folder for `wandb sync`.

WANDB_DIR, WANDB_ENTITY and WANDB_API_KEY are read as by any program that uses it.
"""

import json
from collections import Counter
from itertools import zip_longest
from pathlib import Path
from typing import Any

import wandb

from narrows.errors import UserError, one_line
from narrows.push.finished_study import REPORT, FinishedRun, FinishedStudy
from narrows.runs.atomic_files import write_text_atomically

CONTENT = "narrows.content"  # the key of the checksum in a run's config
NOTE = "narrows.json"  # the file in the folder of a run offline with what was pushed


def push_runs(study: FinishedStudy, project: str) -> tuple[str, Counter[str]]:
    """Push to the `project`; returns where it is and how many runs were pushed, updated and skipped."""
    settings = wandb.setup().settings
    offline, counts = bool(settings._offline), Counter[str]()
    try:
        for run in study.runs:
            counts[_push(run, study, project, _content(project, run.id, offline))] += 1
        if study.report and _content(project, study.report_id, offline) != study.report_content:
            _push_report(study, project)
    except (wandb.Error, OSError) as error:
        raise UserError(f"--to wandb: {one_line(error)[:200]}") from None
    return f"offline in {settings.wandb_dir}; `wandb sync` sends it" if offline else settings.base_url, counts


def _content(project: str, identity: str, offline: bool) -> str | None:
    """The checksum of a run as it was pushed before; empty if that was interrupted, None if it was not pushed."""
    if offline:
        folder = Path(wandb.setup().settings.wandb_dir)
        notes = sorted(folder.glob(f"offline-run-*-{identity}*/{NOTE}"))
        pushed: list[dict[str, str]] = [json.loads(note.read_text()) for note in notes]
        return next((note[CONTENT] for note in reversed(pushed) if note["project"] == project), None)
    try:
        config: dict[str, str] = dict(wandb.Api().run(f"{project}/{identity}").config)
    except (wandb.errors.CommError, ValueError):  # no such run or project
        return None
    return config.get(CONTENT, "")


def _push(run: FinishedRun, study: FinishedStudy, project: str, before: str | None) -> str:
    """Push one run; returns what became of it. An interrupted push is completed by the next one.

    A run that is there whole is given what may have changed, not its curves.
    """
    if before == run.content:
        return "unchanged"
    with _started(project, run.id, run.name, study, {**run.parameters, **run.tags}) as session:
        for epoch, numbers in enumerate([] if before else _by_epoch(run), 1):  # it drops epochs that it has
            session.log(numbers, step=epoch)
        session.log({picture.name: wandb.Image(str(picture)) for picture in run.pictures})
        session.summary.update(run.record.quantities())
        note = _ended(session, run.content)
    _note(note, project, run.content)
    return "pushed" if before is None else "updated"


def _push_report(study: FinishedStudy, project: str) -> None:
    """The figures of the report in a run of their own, and all its files as an artifact."""
    name = f"{study.name} {REPORT}"
    with _started(project, study.report_id, name, study, {}) as session:
        session.log({path.name: wandb.Image(str(path)) for path in study.report if path.suffix == ".png"})
        artifact = wandb.Artifact(f"{REPORT}-{study.report_id}", type=REPORT)
        artifact.add_dir(str(study.folder / REPORT))
        session.log_artifact(artifact)
        note = _ended(session, study.report_content)
    _note(note, project, study.report_content)


def _started(project: str, identity: str, name: str, study: FinishedStudy, config: dict[str, Any]) -> wandb.Run:
    """A run of Weights & Biases, as a context; the one that is there is continued."""
    return wandb.init(
        project=project,
        id=identity,
        name=name,
        group=study.name,
        notes=study.question or None,
        config=config,
        resume=None if wandb.setup().settings._offline else "allow",  # offline runs are joined by their id later
        reinit="finish_previous",
        settings=wandb.Settings(console="off", disable_git=True, x_disable_stats=True, silent=True),
    )


def _ended(session: wandb.Run, content: str) -> Path:
    """Marks a run as pushed whole, by the checksum of what was pushed; returns the path of the note that says so."""
    session.config.update({CONTENT: content}, allow_val_change=True)
    return Path(session.settings.sync_dir) / NOTE


def _by_epoch(run: FinishedRun) -> list[dict[str, float]]:
    """The numbers of each epoch by the names of their curves; curves of pretraining may have fewer epochs."""
    curves = run.record.curves
    rows = zip_longest(*curves.values())
    return [{name: value for name, value in zip(curves, row, strict=True) if value is not None} for row in rows]


def _note(path: Path, project: str, content: str) -> None:
    """Notes what was pushed in the folder of a run offline, since there is no server to ask."""
    if path.parent.is_dir():
        write_text_atomically(path, json.dumps({"project": project, CONTENT: content}))
