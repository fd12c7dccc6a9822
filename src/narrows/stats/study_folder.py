"""The study in a folder, or one line that says why there is none. Loads nothing heavy: it is told at once."""

from pathlib import Path

from narrows.errors import UserError
from narrows.runs import study
from narrows.runs.study import NAME, Study


def read(folder: Path) -> Study:
    """Raises UserError where there is no study or it plans nothing."""
    try:
        plan = study.read(folder)
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{folder}: no {NAME} in it; name the folder of a study, outputs/<study>") from None
    except ValueError as error:
        raise UserError(f"{folder / NAME}: damaged ({one_line(error)})") from None
    if not plan.runs:
        raise UserError(f"{folder / NAME}: the study has no runs")
    for run, levels in plan.runs.items():
        if missing := set(plan.axes) - set(levels):
            raise UserError(f"{folder / NAME}: run {run} has no level of {', '.join(sorted(missing))}")
    return plan


def one_line(error: Exception) -> str:
    """The beginning of a message, without pydantic's address."""
    return " ".join(str(error).split("For further")[0].split())[:120]
