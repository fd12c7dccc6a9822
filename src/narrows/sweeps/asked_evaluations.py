"""Checks, before a sweep writes anything, that its runs have the evaluations that its study asks about."""

from collections.abc import Sequence

from narrows.config.quantities import quantity
from narrows.errors import UserError
from narrows.runs.comparable import check_comparable
from narrows.runs.study import Study
from narrows.sweeps.plan import Job


def check(question: Study, jobs: Sequence[Job]) -> None:
    """Raise UserError for an evaluation that a run cannot have, and for a quantity whose evaluation no run has.

    Also for runs whose likelihoods are not comparable, see `check_comparable`.

    A run whose evaluation is impossible is not refused alone as others are: its folder may hold a finished run.
    """
    evaluations = [job.config.evaluation for job in jobs if job.config]
    for job in jobs:
        if job.config is None and job.error.startswith("evaluation="):
            raise UserError(f"{job.name}: {job.error}" if evaluations else job.error)
    check_comparable(job.config.model_dump() for job in jobs if job.config)
    for key, names in (("study.metrics", question.metrics), ("study.against", filter(None, [question.against]))):
        for name in names:
            needed = quantity(name).evaluation
            if needed and evaluations and not any(needed in listed for listed in evaluations):
                longer = f"evaluation=[{','.join([*evaluations[0], needed])}]"
                raise UserError(f"{key}: no run records {name}; add {longer}")
