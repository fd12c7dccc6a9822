"""A real study on a GPU, from the command to its report, with the wall time of its parts."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from narrows.errors import UserError

COMMON = ("train", "-m", "hydra/launcher=fleet", "hydra.launcher.processes=1", "logger=light")
#: By device. On a CPU a trial.
STUDIES = {
    "cuda": ("data=mnist", "trainer=gpu", "model.bottleneck=2,3,8,16", "seed=range(64)", "trainer.max_epochs=20"),
    "cpu": ("data=mnist5k", "trainer=cpu", "data.train_size=300", "model.bottleneck=2,3", "trainer.max_epochs=1"),
}


def study(device: torch.device) -> list[dict[str, Any]]:
    """A row for each precision of products: wall seconds, and those of the parts."""
    return [_row(precision, device) for precision in ("highest", "high")]


def _row(precision: str, device: torch.device) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        out, began = Path(folder) / "phases.json", perf_counter()
        arguments = [*COMMON, *STUDIES[device.type], f"trainer.float32_matmul={precision}"]
        command = [sys.executable, "-m", "narrows.bench.phases", str(out), *arguments]
        done = subprocess.run([*command, f"hydra.sweep.dir={folder}/study"], capture_output=True, text=True)
        wall = perf_counter() - began
        if not out.is_file():
            raise UserError(f"{' '.join(command)}: {(done.stderr.splitlines() or ['failed'])[-1]}")
        phases = json.loads(out.read_text())
        count = len(list(Path(folder, "study").glob("*/record.json")))
    row: dict[str, Any] = (
        {"float32_matmul": precision, "ok": phases["status"] in (0, None), "runs": count} | phases | {"wall": wall}
    )
    print({key: row[key] for key in ("float32_matmul", "ok", "runs", "wall")}, done.stderr[-2000:], flush=True)
    return row
