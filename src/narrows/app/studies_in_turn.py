"""What commands share that train several studies, each by a `narrows train -m` of its own, and write a page of them."""

import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from narrows.app.arguments import Argument, Usage
from narrows.config.typed_text import quoted
from narrows.errors import UserError
from narrows.paths import checkout, writable

SIZES = ("smoke", "quick", "full")


def usage(name: str, summary: str, size: str, only: str) -> Usage:
    """The command line of `narrows NAME`, with the meanings of its options `size` and `only`."""
    return Usage(
        name,
        f"{summary}, write OUT/SIZE/{name}.html.\nRepeating the command trains only the runs that are not done.",
        options={
            "size": Argument(size),
            "only": Argument(only),
            "launcher": Argument("Hydra's launcher for the runs: fleet, basic, joblib, …", "fleet"),
            "out": Argument("folder of the studies and the page", f"outputs/{name}"),
            "publish": Argument(f"true: also write docs/{name}", "false", choices=("false", "true")),
        },
        flags={"--dry": "list the runs, which of them are done, and an estimate of the time; train nothing"},
        other_keys="any key of narrows train, for all runs",
    )


def known_size(size: str) -> str:
    """The size. Raises UserError for one that the studies do not have."""
    if size not in SIZES:
        raise UserError(f"size={size or '…'}: choose from {', '.join(SIZES)}")
    return size


def docs(name: str) -> Path:
    """The folder docs/NAME of the checkout. Raises UserError if there is none."""
    repository = checkout()
    if repository is None:
        raise UserError(f"publish=true: writes into docs/{name} of a checkout, and narrows is installed without one")
    return repository / "docs" / name


def train_or_plan(
    group: str, names: Iterable[str], options: Mapping[str, str], flags: Collection[str], overrides: Sequence[str]
) -> Path | None:
    """Train the studies `group`/<name> in the folder OUT/SIZE, and return it; with --dry plan them, and return None.

    Raises UserError for an unknown size and a folder that cannot be written, else as `train`.
    """
    size = known_size(options["size"])
    folder = Path(options["out"]) / size
    writable(folder, "out")
    overrides = [f"hydra/launcher={options['launcher']}", *overrides]
    if flags:
        plan(group, names, size, folder, overrides)
        return None
    train(group, names, size, folder, overrides)
    return folder


def train(group: str, names: Iterable[str], size: str, folder: Path, overrides: Sequence[str]) -> None:
    """Train the studies `group`/<name> in `folder`/<name>, each once; a failed run does not stop the others.

    Raises UserError for overrides that are refused, KeyboardInterrupt when a study was interrupted.
    """
    for name in dict.fromkeys(names):
        print(f"\n== {name}", flush=True)
        _check(group, name, subprocess.run(_command(group, name, size, folder, overrides)).returncode)


def plan(group: str, names: Iterable[str], size: str, folder: Path, overrides: Sequence[str]) -> None:
    """Print what `train` would do, the time of each study and that of all.

    Raises UserError and KeyboardInterrupt as `train`.
    """
    from narrows.sweeps.estimate import duration, seconds_of  # imports joblib, 0.2 s

    total, studies = 0.0, list(dict.fromkeys(names))
    for name in studies:
        print(f"\n== {name}", flush=True)
        command = [*_command(group, name, size, folder, overrides), "sweep.dry=true"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        print(done.stdout, end="", flush=True)
        _check(group, name, done.returncode)
        total += seconds_of(_without_folder(done.stdout))
    count = "1 study" if len(studies) == 1 else f"{len(studies)} studies"
    print(f"\n{count}: " + (f"about {duration(total)}" if total else "nothing to train"))


def _check(group: str, name: str, status: int) -> None:
    if status == 2:
        raise UserError(f"study={group}/{name}: refused, see above")
    if status not in (0, 1):
        raise KeyboardInterrupt


def _without_folder(output: str) -> str:
    """The estimate in the last line that `narrows train -m … --dry` prints."""
    return output.splitlines()[-1].rpartition(", into ")[0] if output else ""


def _command(group: str, name: str, size: str, folder: Path, overrides: Sequence[str]) -> list[str]:
    study = [f"study={group}/{name}", f"size={size}", f"hydra.sweep.dir={quoted(str(folder / name))}"]
    return [sys.executable, "-m", "narrows", "train", "-m", *study, *overrides]
