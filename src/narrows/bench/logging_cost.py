"""`narrows bench logging`: the time and the bytes that TensorBoard adds to a whole run of the default model."""

import tempfile
from functools import partial
from math import isfinite
from pathlib import Path

from narrows.bench.alternate import alternate, write_table
from narrows.board import projector
from narrows.board.events import PATTERN
from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.sweeps.run_one import LOG, run_one

NONE, LIGHT, ALL = "logger=none", "logger=light", "logger=tensorboard"
LOGGERS = {NONE: "none", LIGHT: "light", ALL: "tensorboard"}


def bench(config: Config, rounds: int, out: Path) -> None:
    """Time a run of `config` with each logger, from config to record; also print the size of the files it logs."""
    sizes: dict[str, int] = {}
    programs = {name: partial(_run, config, name, sizes) for name in LOGGERS}
    _run(
        config.model_copy(update={"trainer": config.trainer.model_copy(update={"max_epochs": 1})}), ALL, {}
    )  # so that imports are not timed
    times = alternate(programs, rounds)
    title = f"{config.trainer.max_epochs} epochs of 784-128-64-12-3 on MNIST, evaluated and recorded, one thread"
    write_table(title, times, NONE, {ALL: "≤ 1.10"}, out)
    print("; ".join(f"{name}: {size / 1000:.0f} KB a run" for name, size in sizes.items()))


def _run(config: Config, name: str, sizes: dict[str, int]) -> int:
    logger = config.logger.model_copy(update={"name": LOGGERS[name]})
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        if not isfinite(run_one(config.model_copy(update={"logger": logger}), run, on_error="continue")):
            raise UserError(f"{name}: the run failed: {(run / LOG).read_text('utf-8').splitlines()[-1]}")
        sizes[name] = size(run)
    return config.trainer.max_epochs


def size(folder: Path) -> int:
    """Size in bytes of the files that TensorBoard reads from a run's folder."""
    paths = [*folder.glob(PATTERN), *folder.glob(projector.CONFIG), *folder.glob(f"{projector.FOLDER}/*")]
    return sum(path.stat().st_size for path in paths)
