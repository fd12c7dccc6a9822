"""Reads the study of a folder and reports errors in one line. Imports neither pandas nor torch."""

from pathlib import Path

from narrows.errors import UserError
from narrows.runs import study
from narrows.runs.study import NAME, Study


def read(folder: Path) -> Study:
    """Raises UserError if the folder holds no study, a damaged one, or one that plans no runs."""
    try:
        plan = study.read(folder)
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{folder}: no {NAME} in it; name the folder of a study, outputs/<study>") from None
    except OSError as error:
        raise UserError(f"{folder / NAME}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise UserError(f"{folder / NAME}: damaged ({one_line(error)})") from None
    if not plan.runs:
        raise UserError(f"{folder / NAME}: the study has no runs")
    if unused := set(plan.axes).difference(*plan.runs.values()):
        raise UserError(f"{folder / NAME}: no run has a level of {', '.join(sorted(unused))}")
    return plan


def one_line(error: Exception) -> str:
    """The first 120 characters of a message, without pydantic's link to its documentation."""
    return " ".join(str(error).split("For further")[0].split())[:120]
