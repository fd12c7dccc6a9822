"""The notebooks run from a fresh kernel, use the front door alone, and are stored with their outputs."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from support.configs import REPOSITORY

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
LARGEST = 300_000  # bytes of a notebook with its figures: it is read in a browser and kept in git
ALLOWED = {"narrows", "narrows.sklearn", "numpy", "pandas", "matplotlib", "sklearn"}
each = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
#: The first runs by default, the others with `scripts/test.sh slow`: a kernel and its training take some 20 s each.
EXECUTED = [
    pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if rank else []) for rank, path in enumerate(NOTEBOOKS)
]


def code_cells(notebook: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(notebook.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]


def imported(source: str) -> set[str]:
    """The modules that a cell imports."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}


def test_there_are_five() -> None:
    assert [path.stem[0] for path in NOTEBOOKS] == [*"12345"]


@each
def test_imports_the_front_door_alone(notebook: Path) -> None:
    modules = {module for cell in code_cells(notebook) for module in imported("".join(cell["source"]))}
    for module in modules:
        top = module.partition(".")[0]
        assert (module if top == "narrows" else top) in ALLOWED
    assert modules & {"narrows", "narrows.sklearn"}


@each
def test_is_stored_as_run_from_top_to_bottom_without_errors(notebook: Path) -> None:
    cells = code_cells(notebook)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} <= {"stream", "execute_result", "display_data"}
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert any("image/png" in output.get("data", {}) for output in outputs)


@each
def test_is_small_and_names_no_place(notebook: Path) -> None:
    assert notebook.stat().st_size < LARGEST
    texts = [line for cell in code_cells(notebook) for line in json.dumps(cell["outputs"]).split('"image/png"')[::2]]
    assert not [text for text in texts if "/tmp/" in text or "/home/" in text or "site-packages" in text]


@pytest.mark.parametrize("notebook", EXECUTED)
def test_runs_from_a_fresh_kernel(notebook: Path, tmp_path: Path) -> None:
    reason = "{} is not installed; narrows[notebook] has it"
    nbclient = pytest.importorskip("nbclient", reason=reason.format("nbclient"))
    pytest.importorskip("ipykernel", reason=reason.format("ipykernel"))
    nbformat = pytest.importorskip("nbformat", reason=reason.format("nbformat"))
    content = nbformat.read(notebook, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(content, timeout=600, kernel_name="python3", resources=resources).execute()
    assert not list(tmp_path.iterdir())  # nothing is left in the working folder
