import json
from pathlib import Path

import matplotlib
import pytest

from support.configs import REPOSITORY

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_runs_on_a_finished_run(notebook: Path, trained) -> None:
    matplotlib.use("agg")
    cells = json.loads(notebook.read_text())["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    names: dict[str, object] = {}
    exec(code.replace('Path("../outputs/quickstart")', f"Path({str(trained.folder)!r})"), names)
    assert names["found"].metrics["test/mse"] == trained.record.metrics["test/mse"]
    assert len(names["codes"]) == len(names["test"])
