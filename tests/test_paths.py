from pathlib import Path

import pytest

from narrows import paths
from narrows.errors import UserError
from narrows.paths import data_root
from support.configs import REPOSITORY, configure


@pytest.fixture
def wheel(tmp_path, monkeypatch) -> Path:
    """A package folder as a wheel leaves it, with conf/ inside."""
    (tmp_path / "narrows" / "conf").mkdir(parents=True)
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "narrows")
    return tmp_path / "narrows"


def test_the_environment_names_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NARROWS_DATA_DIR", str(tmp_path))
    assert data_root() == str(tmp_path)
    assert configure().data.root == str(tmp_path)


def test_a_tilde_in_the_environment_is_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("NARROWS_DATA_DIR", "~/digits")
    assert data_root() == "/home/somebody/digits"


@pytest.mark.parametrize("value", ["", None])
def test_without_it_the_data_lie_in_the_checkout(monkeypatch, value):
    monkeypatch.delenv("NARROWS_DATA_DIR", raising=False)
    if value is not None:
        monkeypatch.setenv("NARROWS_DATA_DIR", value)
    assert Path(data_root()) == REPOSITORY / "data"


def test_a_knob_wins_over_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("NARROWS_DATA_DIR", "/some/where")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert configure(f"data.root={tmp_path}").data.root == str(tmp_path)
    assert configure("data.root='~'").data.root == str(tmp_path)


@pytest.mark.parametrize("root", ["/nonexistent", "~nobody_of_this_name/data"])
def test_a_data_folder_that_is_not_there_is_refused_before_anything_is_fetched(root):
    with pytest.raises(UserError, match=rf"data\.root={root}: (no such folder|there is no home folder)"):
        configure(f"data.root='{root}'")


def test_an_installed_package_has_its_configs_inside_and_its_data_in_the_working_folder(wheel, tmp_path, monkeypatch):
    monkeypatch.delenv("NARROWS_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    assert paths.checkout() is None
    assert paths.conf_folder() == wheel / "conf"
    assert Path(data_root()) == tmp_path / "data"


def test_in_a_checkout_the_configs_are_those_of_the_repository():
    assert paths.checkout() == REPOSITORY
    assert paths.conf_folder() == REPOSITORY / "conf"
