"""Pushes to MLflow: to its server or folder, as MLFLOW_TRACKING_URI says.

MLflow chooses the names of runs itself: a run is found again by its tag `narrows.id`.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeVar

import mlflow
from mlflow.entities import Metric, Param, Run
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from narrows.errors import UserError, one_line
from narrows.push.finished_study import REPORT, FinishedRun, FinishedStudy

ID, CONTENT = "narrows.id", "narrows.content"
AT_ONCE = 1000  # metrics in a request, MLflow's limit
PARAMETERS_AT_ONCE = 100
LONGEST = 6000  # characters of a parameter

Entity = TypeVar("Entity")


def push_runs(study: FinishedStudy, project: str) -> tuple[str, Counter[str]]:
    """Push to the experiment `project`; returns where it is and how many runs were pushed, updated and skipped."""
    counts = Counter[str]()
    try:
        client = MlflowClient()
        experiment = _experiment(client, project, study.question)
        for run in study.runs:
            counts[_push(client, experiment, run, study.name)] += 1
        if study.report:
            _push_report(client, experiment, study)
    except MlflowException as error:
        raise UserError(f"--to mlflow: {mlflow.get_tracking_uri()}: {one_line(error)[:200]}") from None
    return f"MLflow at {mlflow.get_tracking_uri()}", counts


def _experiment(client: MlflowClient, project: str, question: str) -> str:
    """The id of the experiment of this name, which is created if it is not there."""
    there = client.get_experiment_by_name(project)
    if there and there.lifecycle_stage == "deleted":
        raise UserError(f"--project {project}: this experiment was deleted; restore it, or choose another name")
    identity: str = there.experiment_id if there else client.create_experiment(project)
    if question:
        client.set_experiment_tag(identity, "mlflow.note.content", question)
    return identity


def _found(client: MlflowClient, experiment: str, identity: str) -> Run | None:
    runs = client.search_runs([experiment], f"tags.`{ID}` = '{identity}'", max_results=1)
    return runs[0] if runs else None


def _push(client: MlflowClient, experiment: str, run: FinishedRun, study: str) -> str:
    """Push one run; returns what became of it. An interrupted push is completed by the next one."""
    there = _found(client, experiment, run.id)
    if there and there.data.tags.get(CONTENT) == run.content:
        return "unchanged"
    begin = round(run.started * 1000)
    target = there or client.create_run(experiment, begin, {ID: run.id, "narrows.study": study}, run.name)
    _log(client, target, _parameters(run), _metrics(run, begin))
    for picture in run.pictures:
        client.log_artifact(target.info.run_id, str(picture))
    _end(client, target, run.tags | {CONTENT: run.content}, begin + round(run.record.seconds * 1000))
    return "updated" if there else "pushed"


def _push_report(client: MlflowClient, experiment: str, study: FinishedStudy) -> None:
    """The files of the study's report, as those of a run of their own."""
    there, content = _found(client, experiment, study.report_id), study.report_content
    if there and there.data.tags.get(CONTENT) == content:
        return
    now = round(time.time() * 1000)
    tags = {ID: study.report_id, "narrows.study": study.name}
    target = there or client.create_run(experiment, now, tags, f"{study.name} {REPORT}")
    client.log_artifacts(target.info.run_id, str(study.folder / REPORT), REPORT)
    _end(client, target, {CONTENT: content}, now)


def _parameters(run: FinishedRun) -> list[Param]:
    return [Param(key, str(value)[:LONGEST]) for key, value in run.parameters.items()]


def _metrics(run: FinishedRun, begin: int) -> list[Metric]:
    """The recorded numbers, and each curve by epoch from 1; times in milliseconds."""
    end = begin + round(run.record.seconds * 1000)
    numbers = [Metric(name, value, end, 0) for name, value in run.record.quantities().items()]
    return numbers + [
        Metric(name, value, begin, epoch)
        for name, curve in run.record.curves.items()
        for epoch, value in enumerate(curve, 1)
    ]


def _log(client: MlflowClient, target: Run, parameters: list[Param], metrics: list[Metric]) -> None:
    """Log what the run does not have: MLflow keeps every number that it is sent, also the same one twice."""
    identity = target.info.run_id
    new = [parameter for parameter in parameters if parameter.key not in target.data.params]
    for batch in _batches(new, PARAMETERS_AT_ONCE):
        client.log_batch(identity, params=batch)
    logged = {_point(metric) for key in target.data.metrics for metric in client.get_metric_history(identity, key)}
    for points in _batches([metric for metric in metrics if _point(metric) not in logged], AT_ONCE):
        client.log_batch(identity, metrics=points)


def _point(metric: Metric) -> tuple[str, int, str]:
    return metric.key, metric.step, str(metric.value)  # as text, in which NaN is equal to itself


def _batches(entities: Sequence[Entity], size: int) -> Iterator[Sequence[Entity]]:
    return (entities[start : start + size] for start in range(0, len(entities), size))


def _end(client: MlflowClient, target: Run, tags: dict[str, str], end: int) -> None:
    for key, value in tags.items():
        client.set_tag(target.info.run_id, key, value)
    client.set_terminated(target.info.run_id, "FINISHED", end)
