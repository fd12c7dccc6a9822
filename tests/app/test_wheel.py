"""What the wheel holds, and that it works unpacked into an empty folder, far from any checkout."""

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from support.configs import CONF, REPOSITORY

builders = pytest.importorskip("hatchling.builders.wheel", reason="hatchling, of the extra test, builds the wheel")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    (path,) = builders.WheelBuilder(str(REPOSITORY)).build(directory=str(folder), versions=["standard"])
    return ZipFile(path)


def files(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)) for path in paths}


def test_the_wheel_holds_the_packages_with_their_templates_and_all_configs(wheel):
    src = REPOSITORY / "src"
    packages = {name for name in files(src) if name.split("/")[0] in ("narrows", "hydra_plugins")}
    configs = {f"narrows/conf/{name}" for name in files(CONF)}
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == packages | configs
    assert "narrows/py.typed" in held
    assert any(name.endswith(".jinja") for name in held)


def test_the_wheel_declares_the_command_and_the_plugins(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    text = wheel.read(name).decode()
    assert "narrows = narrows.app.main:main" in text
    assert "hydra_plugins.narrows_fleet.fleet_launcher:FleetLauncher" in text
    assert "hydra_plugins.narrows_study.study_sweeper:StudySweeper" in text


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The folder that the wheel is unpacked into, as pip does it."""
    folder = tmp_path_factory.mktemp("site-packages")
    wheel.extractall(folder)
    return folder


def python(installed: Path, *arguments: str, cwd: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "NARROWS_DATA_DIR"}
    environment |= {"PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_an_installed_wheel_plans_a_study_in_an_empty_folder(installed, tmp_path):
    planned = python(installed, "-m", "narrows", "train", "-m", "study=bottleneck", "size=smoke", "--dry", cwd=tmp_path)
    assert "4 runs: 4 to train" in planned
    assert "into outputs/bottleneck_smoke" in planned
    assert not any(tmp_path.iterdir())


def test_an_installed_wheel_configures_from_python_with_data_in_the_working_folder(installed, tmp_path):
    code = "import narrows; print(narrows.__file__); print(narrows.configure('data=mnist5k').data.root)"
    module, data_root = python(installed, "-c", code, cwd=tmp_path).splitlines()
    assert Path(module).parent == installed / "narrows"
    assert Path(data_root) == tmp_path / "data"
