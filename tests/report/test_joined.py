"""A report of several folders: told apart by an axis, with runs of other axes, in a folder of its own."""

from pathlib import Path

import pandas as pd
import pytest

from narrows import report
from narrows.app.commands import report_command
from narrows.errors import UserError
from narrows.report import write_report
from narrows.runs import record
from narrows.stats import grid as grids
from support.made_up_study import ACTIVATION, BOTTLENECK, make, noisy


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Without figures, which take seconds."""
    monkeypatch.setattr(write_report, "CHARTS", [])


SEEDS = {"seed": [0, 1, 2]}
AXES = {BOTTLENECK: [2, 4]} | SEEDS


def test_folders_are_told_apart_by_their_names(tmp_path):
    a, b = make(tmp_path / "a", AXES, noisy), make(tmp_path / "b", AXES, noisy)
    out = tmp_path / "c"
    written = report.write(a, b, out=out)
    runs = pd.read_csv(out / "runs.csv")
    assert written.page == out / "report.html" and written.page.is_file()
    assert sorted(runs["study"].unique()) == ["a", "b"]
    assert set(runs["run"]) == {f"{name}/run{number}" for name in "ab" for number in range(6)}
    assert not (a / "report").exists() and list((out / "summary").iterdir())
    assert f"narrows report {a} {b} --out {out}" in written.page.read_text()


def test_evaluations_that_were_added_later_are_a_command_for_each_folder(tmp_path):
    fixed = {"evaluation": ["reconstruction"]}
    a, b = (make(tmp_path / name, AXES, noisy, fixed=fixed) for name in "ab")
    for run in (a / "run0", b / "run1"):
        evaluated = record.read(run)
        evaluated.config["evaluation"] = ["reconstruction", "probe"]
        record.write(evaluated, run)
    commands = [f"narrows evaluate {folder} 'evaluation=[probe]'" for folder in (a, b)]
    report.write(a, b, out=tmp_path / "c")
    assert " && ".join(commands) in (tmp_path / "c/report.md").read_text()


def test_folders_that_differ_in_one_knob_are_told_apart_by_it(tmp_path):
    a = make(tmp_path / "a", AXES, noisy, fixed={"optimizer.lr": 0.1, "data.val_size": 5})
    b = make(tmp_path / "b", AXES, noisy, fixed={"optimizer.lr": 0.2, "data.val_size": 5})
    grid = grids.read(a, b)
    assert [(factor.key, factor.levels) for factor in grid.factors] == [
        ("optimizer.lr", (0.1, 0.2)),
        (BOTTLENECK, (2, 4)),
    ]
    assert grid.study.fixed == {"data.val_size": 5}


def test_a_kind_that_differs_names_the_axis(tmp_path):
    a = make(tmp_path / "a", SEEDS, noisy, fixed={"corruption.name": "none"})
    b = make(tmp_path / "b", SEEDS, noisy, fixed={"corruption.name": "masking", "corruption.level": 0.2})
    assert [(factor.key, factor.levels) for factor in grids.read(a, b).factors] == [("corruption", ("none", "masking"))]


def test_folders_with_different_axes_are_joined_as_levels_of_one_factor(tmp_path):
    a, b = make(tmp_path / "a", AXES, noisy), make(tmp_path / "b", {ACTIVATION: ["relu", "elu"]} | SEEDS, noisy)
    (factor,) = grids.read(a, b).factors
    assert [factor.text(level) for level in factor.levels] == [
        "a, bottleneck 2",
        "a, bottleneck 4",
        "b, activation relu",
        "b, activation elu",
    ]
    assert grids.read(a, b).cells["n"].tolist() == [3, 3, 3, 3]


def test_folders_of_the_same_name_are_named_by_their_paths(tmp_path):
    a, b = make(tmp_path / "one/x", SEEDS, noisy), make(tmp_path / "two/x", SEEDS, noisy)
    assert grids.read(a, b).factors[0].levels == ("one/x", "two/x")


def test_what_cannot_be_joined_is_refused_in_a_line(tmp_path):
    a = make(tmp_path / "a", SEEDS, noisy)
    b = make(tmp_path / "b", SEEDS, noisy, more={"probe": lambda levels: 0.9}, metrics=["test/probe"])
    with pytest.raises(UserError, match="the same folder twice"):
        report.write(a, a, out=tmp_path / "c")
    with pytest.raises(UserError, match="a asks about test/mse, b about test/probe"):
        report.write(a, b, out=tmp_path / "c")
    with pytest.raises(UserError, match="--out"):
        report.write(a, b)
    assert not (tmp_path / "c").exists()


def test_a_folder_that_is_no_report_is_not_replaced(tmp_path):
    a = make(tmp_path / "a", SEEDS, noisy)
    report.write(a, out=tmp_path / "c")
    report.write(a, out=tmp_path / "c")
    (tmp_path / "c/thesis.tex").write_text("years of work")
    with pytest.raises(UserError, match=r"thesis\.tex is in it"):
        report.write(a, out=tmp_path / "c")
    with pytest.raises(UserError, match="is in it"):
        report.write(a, out=a)
    assert (tmp_path / "c/thesis.tex").read_text() == "years of work"


def test_a_new_report_leaves_hidden_folders_beside_it(tmp_path):
    (tmp_path / ".c-settings").mkdir()
    report.write(make(tmp_path / "a", SEEDS, noisy), out=tmp_path / "c")
    assert (tmp_path / ".c-settings").is_dir()


def test_a_table_too_wide_for_the_terminal_is_read_on_the_page_of_the_report(tmp_path):
    axes = {ACTIVATION: ["a" * 150, "b" * 150]} | SEEDS
    folders = [make(tmp_path / name, axes, noisy) for name in "ab"]
    assert f"see {tmp_path / 'c/report.html'})" in report.write(*folders, out=tmp_path / "c").text


def test_the_command_takes_several_folders(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make(Path("a"), AXES, noisy)
    make(Path("b"), AXES, noisy)
    report_command.main(["a", "b", "--out", "c"])
    assert capsys.readouterr().out.rstrip().endswith("c/report.html")
