"""Commands that are killed at chosen writes of files, and what a twin that was never killed leaves.

A command runs in a fork of this process, which has loaded torch already, and as a process group of its own.
"""

import os
import re
import sys
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path

from joblib.externals.loky import get_reusable_executor

from narrows import report
from narrows.app.main import main
from narrows.runs import record
from narrows.sweeps import fleet_checkpoints
from support.outcomes import checkpoint_of, same
from support.sweeps import SMALL, numbers

HOOK = Path(__file__).with_name("killing")
KILLED = 137  # the status of a command that was killed
#: Runs that patience may stop, with schedules, noise and event files, of three epochs at most.
KILLED_RUNS = (*SMALL, "data.train_size=64", "trainer.max_epochs=3", "trainer.patience=1", "optimizer.lr=0.1")
KILLED_RUNS += ("corruption=gaussian", "logger=light")
FLEET = ("-m", "hydra/launcher=fleet", "hydra.launcher.processes=1", "seed=0,1,2")

#: What is killed, by name: the arguments of `narrows train`.
COMMANDS = {
    "alone": (*KILLED_RUNS, "hydra.run.dir=outputs/run"),
    "basic": ("-m", "hydra/launcher=basic", *KILLED_RUNS, "seed=0,1"),
    "joblib": ("-m", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", *KILLED_RUNS, "seed=0,1"),
    "fleet": (*FLEET, *KILLED_RUNS),
    "two processes": (*FLEET, *KILLED_RUNS, "hydra.launcher.processes=2", "model.activation=relu,tanh"),
}


def train(kind: str, folder: Path, **kill: str) -> int:
    """Run the command in `folder`, continuing what is there; its status. `kill` are the hook's settings, see there."""
    arguments = [*COMMANDS[kind]]
    run = folder / "outputs" / "run"
    if kind == "alone" and ((run / record.NAME).exists() or list(run.glob("*.ckpt"))):
        arguments.append("run.resume=true")
    environment = {f"NARROWS_KILL_{name.upper()}": value for name, value in kill.items()}
    if kill:
        environment |= {"NARROWS_KILL_BELOW": str(folder.resolve()), "PYTHONPATH": _python_path()}
    get_reusable_executor().shutdown()  # of a test before: a fork waits for its workers for ever
    process = get_context("fork").Process(target=_command, args=(arguments, folder, environment))
    process.start()
    process.join()
    return KILLED if process.exitcode == -9 else process.exitcode or 0


def _python_path() -> str:
    return os.pathsep.join([str(HOOK), *filter(None, [os.environ.get("PYTHONPATH")])])


def _command(arguments: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
    """What the fork does. The report takes longer than these runs and is not looked at here."""
    os.setsid()
    os.chdir(folder)
    os.environ.update(environment)
    output = os.open(folder.with_name(f"{folder.name}.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", buffering=1) for number in (1, 2))
    sys.__stderr__ = sys.stderr
    report.write, report.summary_text = _nothing, lambda folder: ""
    fleet_checkpoints.ASSUMED = 0.0  # else so short a fleet writes none while it trains
    sys.path.insert(0, str(HOOK))
    from kill_hook import install

    install()
    status = 1
    try:
        main(["train", *arguments])
        status = 0
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    finally:
        sys.stdout.flush()
        os._exit(status)


def _nothing(*_: object, **options: object) -> None:
    pass


def events(kind: str, folder: Path) -> list[str]:
    """Train the twin that is never killed; the events of its main process, each as `EVENT NAME`."""
    log = folder.with_name(f"{folder.name}.events")
    assert train(kind, folder, log=str(log)) == 0, folder.with_name(f"{folder.name}.log").read_text()
    return log.read_text().splitlines()


#: The parts of each checkpoint that are compared: not Lightning's counters, which a fleet does not have.
BEST = ("state_dict", "epoch", "global_step", "narrows")
PARTS = {"best": BEST, "last": (*BEST, "optimizer_states", "lr_schedulers", "callbacks")}


def differences(folder: Path, twin: Path) -> list[str]:
    """What differs between a folder and its twin: files, records, and checkpoints but for times."""
    found = [f"only in one: {name}" for name in sorted(_names(folder) ^ _names(twin))]
    for path in sorted(twin.rglob(record.NAME)):
        other = folder / path.parent.relative_to(twin)
        if numbers(record.read(other)) != numbers(record.read(path.parent)):
            found.append(f"{path.parent.name}: record")
        for name, parts in PARTS.items():
            one, two = (_timeless(checkpoint_of(of, name)) for of in (other, path.parent))
            found += [f"{path.parent.name}: {name}.ckpt, {part}" for part in parts if not same(one[part], two[part])]
    return found


def _names(folder: Path) -> set[str]:
    """The files, without the numbers in the names of event files."""
    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    return {re.sub(r"(tfevents)\..*", r"\1", name) for name in names if Path(name).name != "launcher.log"}


def _timeless(content: dict) -> dict:
    curves = next(iter(content.get("callbacks", {}).values()), {}).get("curves", {})
    for name in ("seconds", "images_per_second"):
        curves.pop(name, None)
    return content


Moment = dict[str, str]


def ends_as_its_twin(
    kind: str, twin: Path, folder: Path, moments: Sequence[Moment], check: Callable = differences
) -> list[str]:
    """Kill the command at each of the moments, then let it end; what differs from its twin."""
    folder.mkdir()
    for moment in moments:
        train(kind, folder, **moment)
    status = train(kind, folder)
    log = folder.with_name(f"{folder.name}.log").read_text()
    return [f"status {status}: {log}"] if status else check(folder, twin)
