"""A real study on a GPU, from the command to its report, with the wall time of its parts."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from narrows.errors import UserError

COMMON = ("train", "-m", "hydra/launcher=fleet", "hydra.launcher.processes=1", "logger=light")
TRAINERS = {"cuda": "trainer=gpu", "cpu": "trainer=cpu"}
TRIAL = ("data=mnist5k", "data.train_size=300", "model.bottleneck=2,3", "trainer.max_epochs=1")
#: By device.
STUDIES = {
    "cuda": ("data=mnist", "model.bottleneck=2,3,8,16", "seed=range(64)", "trainer.max_epochs=20"),
    "cpu": TRIAL,
}


def study(device: torch.device) -> list[dict[str, Any]]:
    """A row for each precision of products: wall seconds, and those of the parts.

    A small study is trained first, so that Python finds the bytecode of all modules. Where packages have none and their
    folders cannot be written, as in some containers, each process would compile 2,200 modules: 8 s on a machine with an
    H200.
    """
    with tempfile.TemporaryDirectory() as folder:
        bytecode = {"PYTHONPYCACHEPREFIX": f"{folder}/bytecode", "PYTHONDONTWRITEBYTECODE": ""}
        trainer, environment = TRAINERS[device.type], os.environ | bytecode
        _measured(Path(folder, "trial"), environment, trainer, *TRIAL)
        return [_row(precision, Path(folder, precision), environment, device) for precision in ("highest", "high")]


def _row(precision: str, folder: Path, environment: Mapping[str, str], device: torch.device) -> dict[str, Any]:
    arguments = (TRAINERS[device.type], *STUDIES[device.type], f"trainer.float32_matmul={precision}")
    phases = _measured(folder, environment, *arguments)
    row: dict[str, Any] = {"float32_matmul": precision, "ok": phases["status"] in (0, None)} | phases
    print({key: row[key] for key in ("float32_matmul", "ok", "runs", "wall")}, flush=True)
    return row


def _measured(folder: Path, environment: Mapping[str, str], *arguments: str) -> dict[str, Any]:
    """Trains a study in a folder: its seconds, those of its parts, and the number of its records."""
    out, began = folder.with_suffix(".json"), perf_counter()
    command = [sys.executable, "-m", "narrows.bench.phases", str(out), *COMMON, *arguments, f"hydra.sweep.dir={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    wall = perf_counter() - began
    if not out.is_file():
        raise UserError(f"{' '.join(command)}: {(done.stderr.splitlines() or ['failed'])[-1]}")
    print(done.stderr[-2000:], flush=True)
    phases: dict[str, Any] = json.loads(out.read_text())
    return phases | {"runs": len(list(folder.glob("*/record.json"))), "wall": wall}
