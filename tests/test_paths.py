from pathlib import Path

from narrows.paths import data_root
from support.configs import REPOSITORY, configure


def test_the_environment_names_the_data_folder(monkeypatch):
    monkeypatch.setenv("NARROWS_DATA_DIR", "/some/where")
    assert data_root() == "/some/where"
    assert configure().data.root == "/some/where"


def test_without_it_the_data_lie_in_the_repository(monkeypatch):
    for unset in ("", None):
        monkeypatch.setenv("NARROWS_DATA_DIR", "") if unset == "" else monkeypatch.delenv("NARROWS_DATA_DIR")
        assert Path(data_root()) == REPOSITORY / "data"


def test_a_knob_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("NARROWS_DATA_DIR", "/some/where")
    assert configure("data.root=/else/where").data.root == "/else/where"
