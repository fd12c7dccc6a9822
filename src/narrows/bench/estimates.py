"""`narrows bench estimate`: the estimate of `--dry`, compared with the processor time that small studies take."""

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.runs import record
from narrows.runs.provenance import versions
from narrows.sweeps import estimate
from narrows.sweeps.launch import Options

#: Four kinds of runs, by network, code and evaluation.
KINDS = {
    "fully connected": (),
    "convolutional": ("model=conv",),
    "variational, probe": ("code=variational", "objective=bce", "evaluation=[reconstruction,probe]"),
    "k-sparse, 1,000 units, probe": (
        "model=linear",
        "model.bottleneck=1000",
        "code=sparse",
        "code.active=25",
        "evaluation=[reconstruction,probe]",
    ),
}
COMMON = ("data=mnist", "data.train_size=20000", "trainer.max_epochs=4", "trainer=cpu")
RUNS = 4
LAUNCHERS = {"fleet": Options(max_size=None, processes=2, cluster=None, parameters=None), "basic": None}


def bench(config: Config, rounds: int, out: Path) -> None:
    """Print seconds and ratio for each kind and launcher, and write them to `out`. Neither argument before is used."""
    rows = [_measure(kind, launcher) for kind, launcher in product(KINDS, LAUNCHERS)]
    table = Table("runs", "launcher", "estimate, s", "processor, s", "ratio", title=f"{RUNS} runs of 4 epochs")
    for row in rows:
        ratio = row["estimate"] / row["seconds"]
        table.add_row(row["kind"], row["launcher"], f"{row['estimate']:.0f}", f"{row['seconds']:.0f}", f"{ratio:.2f}")
    Console().print(table)
    out.write_text(json.dumps({"rows": rows, "versions": versions()}, indent=2))


def _measure(kind: str, launcher: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        with _processor_time() as spent:
            _train([*COMMON, *KINDS[kind], f"seed=range({RUNS})", f"hydra/launcher={launcher}"], folder)
        runs = [(_config(path.parent), path.parent) for path in Path(folder, "study").glob(f"*/{record.NAME}")]
    _, computing, _ = estimate.seconds(runs, estimate.Pace(), LAUNCHERS[launcher])
    return {"kind": kind, "launcher": launcher, "estimate": computing, "seconds": spent[0]}


def _train(overrides: Sequence[str], folder: str) -> None:
    command = [sys.executable, "-m", "narrows", "train", "-m", *overrides, f"hydra.sweep.dir={folder}/study"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"{' '.join(command)}: {done.stderr.splitlines()[-1] if done.stderr else 'failed'}")


def _config(run: Path) -> Config:
    """The config that a run was trained with."""
    trained = record.read(run)
    assert trained is not None
    return Config.parse(trained.config)


@contextmanager
def _processor_time() -> Iterator[list[float]]:
    """A list that holds, after the body, the seconds of processor time of the programs that it started."""
    spent: list[float] = []
    began = _children()
    yield spent
    spent.append(_children() - began)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
