"""The runs that a board shows, and the temporary links to them."""

from pathlib import Path

import pytest

from narrows.board import shown
from narrows.errors import UserError
from narrows.runs import study
from narrows.runs.study import Study


def begin(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "events.out.tfevents.1").touch()
    return folder


def plan(folder: Path, *runs: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    axes, levels = {"seed": [0]}, {run: {"seed": 0} for run in runs}
    study.write(Study(name="made_up", question="?", command="none", axes=axes, runs=levels), folder)
    return folder


def links(tree: Path) -> set[str]:
    return {str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_symlink()}


def test_a_study_shows_its_planned_runs_and_its_summary_but_no_removed_level(tmp_path):
    plan(tmp_path, "a", "later")
    for run in ("a", "removed", "summary", "report"):
        begin(tmp_path / run)
    assert shown.runs([tmp_path]) == {run: tmp_path / run for run in ("a", "later", "summary")}


def test_outputs_show_each_studys_runs_and_every_other_run(tmp_path):
    plan(tmp_path / "one", "a")
    plan(tmp_path / "deep" / "two", "b")
    for run in (
        "one/a",
        "one/removed",
        "deep/two/b",
        "deep/two/removed",
        "runs/x",
        "search/0",
        "search/1",
        ".hidden/y",
    ):
        begin(tmp_path / run)
    (tmp_path / "empty").mkdir()
    names = {"one/a", "one/summary", "deep/two/b", "deep/two/summary", "runs/x", "search/0", "search/1"}
    assert shown.runs([tmp_path]).keys() == names
    assert shown.studies([tmp_path]) == {"one": tmp_path / "one", "deep/two": tmp_path / "deep" / "two"}


def test_a_single_run_is_shown_by_its_name_also_where_it_is_the_working_folder(tmp_path, monkeypatch):
    run = begin(tmp_path / "runs" / "mine")
    assert shown.runs([run]).keys() == {"mine"}
    monkeypatch.chdir(run)
    assert shown.runs([Path()]).keys() == {"mine"}


def test_several_folders_are_told_apart_by_where_they_differ(tmp_path):
    one, two = begin(tmp_path / "one" / "run"), begin(tmp_path / "two" / "run")
    assert shown.runs([one, two]) == {"one/run": one, "two/run": two}
    begin(plan(tmp_path / "study", "a") / "a")
    assert shown.runs([one.parent, tmp_path / "study"]).keys() == {"one/run", "study/a", "study/summary"}


def test_links_go_when_the_board_ends(tmp_path):
    plan(tmp_path, "a")
    begin(tmp_path / "a")
    with shown.linked([tmp_path]) as tree:
        assert links(tree) == {"a", "summary", "study.json"}
        assert (tree / "a").resolve() == tmp_path / "a"
        assert tree.name == tmp_path.name
    assert not tree.parent.exists()
    assert (tmp_path / "a" / "events.out.tfevents.1").is_file()


def test_links_follow_a_study_that_grows_and_shrinks(tmp_path):
    begin(plan(tmp_path, "a", "b") / "a")
    with shown.linked([tmp_path]) as tree:
        plan(tmp_path, "b", "c")
        shown.link([tmp_path], tree)
        assert links(tree) == {"b", "c", "summary", "study.json"}


def test_nothing_is_written_into_a_users_folder(tmp_path):
    outer = begin(tmp_path / "outer")
    inner = begin(outer / "inner")
    with shown.linked([outer, inner]) as tree:
        assert links(tree) == {"outer"}
    assert {path.name for path in outer.iterdir()} == {"inner", "events.out.tfevents.1"}


def test_runs_beside_their_study_are_linked_inside_the_boards_folder(tmp_path):
    """As a study that joins others may name them."""
    plan(tmp_path / "joined", "../one/run", "../two/run")
    for run in ("one/run", "two/run"):
        begin(tmp_path / run)
    with shown.linked([tmp_path / "joined"]) as tree:
        assert links(tree) == {"one/run", "two/run", "summary", "study.json"}
        assert (tree / "one" / "run").resolve() == tmp_path / "one" / "run"


def test_a_link_that_leads_back_is_not_followed(tmp_path):
    begin(tmp_path / "run")
    (tmp_path / "back").symlink_to(tmp_path)
    assert shown.runs([tmp_path]).keys() == {"run"}


def test_nothing_to_show_is_one_line(tmp_path):
    with pytest.raises(UserError, match="nothing for TensorBoard"), shown.linked([tmp_path]):
        pass
    with pytest.raises(UserError, match="no such folder"), shown.linked([tmp_path / "nowhere"]):
        pass
    (tmp_path / study.NAME).write_text("{")
    with pytest.raises(UserError, match=r"study\.json: damaged"), shown.linked([tmp_path]):
        pass
