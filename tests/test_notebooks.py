"""Every notebook runs on a finished run, and is stored with the outputs of such a run."""

import json
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from support.configs import REPOSITORY

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
LARGEST = 200_000  # bytes of a notebook with its figures: it is read in a browser and kept in git


def code_cells(notebook: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_runs_on_a_finished_run(notebook: Path, trained) -> None:
    matplotlib.use("agg")
    code = "\n".join("".join(cell["source"]) for cell in code_cells(notebook))
    names: dict[str, Any] = {}
    exec(code.replace('Path("../outputs/quickstart")', f"Path({str(trained.folder)!r})"), names)
    assert names["record"]["metrics"] == trained.record.metrics
    assert len(names["codes"]) == len(names["test"])


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_is_stored_with_its_output(notebook: Path) -> None:
    for cell in code_cells(notebook):
        assert {output["output_type"] for output in cell["outputs"]} <= {"stream", "execute_result", "display_data"}
        assert cell["outputs"], cell["source"]
    assert notebook.stat().st_size < LARGEST
