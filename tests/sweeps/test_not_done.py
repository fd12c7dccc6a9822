"""The lines about runs that are not done: one state, one word, and one line for many runs with the same reason."""

import pytest

from narrows.runs import record
from narrows.runs.record import refuse
from narrows.sweeps.not_done import LINES, print_not_done, print_refused
from narrows.sweeps.plan import Job
from support.configs import tiny


def job(name: str, error: str = "") -> Job:
    return Job(name, [], {}, None if error else tiny(), error)


def test_each_reason_is_a_line_with_its_run(tmp_path, capsys):
    print_refused([job("a", "x=1: too small"), job("b"), job("c", "x=2: too [large]")], tmp_path)
    assert capsys.readouterr().err.splitlines() == [
        f"refused: {tmp_path / 'a'}: x=1: too small",
        f"refused: {tmp_path / 'c'}: x=2: too [large]",
    ]


def test_many_runs_with_one_reason_are_a_line_with_their_number(tmp_path, capsys):
    print_refused([job(f"run{i}", "x=1: too small") for i in range(500)] + [job("other", "y=0")], tmp_path)
    assert capsys.readouterr().err.splitlines() == [
        f"refused: 500 runs, the first of them {tmp_path / 'run0'}: x=1: too small",
        f"refused: {tmp_path / 'other'}: y=0",
    ]


def test_very_many_reasons_do_not_fill_the_screen(tmp_path, capsys):
    print_refused([job(f"run{i}", f"x={i}: too small") for i in range(500)], tmp_path)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == LINES
    assert lines[-1] == f"… and {501 - LINES} more reasons"


def test_no_line_where_nothing_is_refused(tmp_path, capsys):
    print_refused([job("a")], tmp_path)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("status", ["failed", "interrupted", "refused"])
def test_the_state_is_the_word_of_the_record(tmp_path, capsys, status):
    """Reasons of refused runs were printed before the training."""
    (tmp_path / "a").mkdir()
    left = refuse({}, "why") if status == "refused" else record.begin(tiny())
    record.write(left.model_copy(update={"status": status, "error": "why"}), tmp_path / "a")
    assert print_not_done([job("a"), job("b")], tmp_path) == 1
    lines = capsys.readouterr().err.splitlines()
    reason = [] if status == "refused" else [f"{status}: {tmp_path / 'a'}: why"]
    assert lines == [*reason, f"missing: {tmp_path / 'b'}: no record", f"2 of 2 runs not done: 1 {status}, 1 missing"]


def test_nothing_is_said_where_all_is_done(tmp_path, capsys):
    (tmp_path / "a").mkdir()
    record.write(record.begin(tiny()).model_copy(update={"status": "done"}), tmp_path / "a")
    assert print_not_done([job("a")], tmp_path) == 0
    assert capsys.readouterr().err == ""
