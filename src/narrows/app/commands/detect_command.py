"""`narrows detect`: the anomalies of new data, by an autoencoder of normal data."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.app.arguments import Argument, Given, Usage
from narrows.config.catalogue import OWN
from narrows.config.typed_text import quoted
from narrows.errors import Interrupted, UserError
from narrows.paths import expanded, writable
from narrows.runs.determinants import RESULTS
from narrows.runs.interrupts import interruptible

if TYPE_CHECKING:
    from narrows.detect.anomaly_detector import AnomalyDetector

TRAIN, NEW = "TRAIN", "NEW"
USAGE = Usage(
    "detect",
    "Score the rows of new data by the squared error of their reconstructions, and list those above a threshold from\n"
    "validation data as anomalies, with the columns, pixels or times that make them: scores.csv and anomalies.html.",
    operand=(
        TRAIN,
        Argument("normal data, a file or folder as of data=arrays; or a run's folder or checkpoint, trained on such"),
    ),
    second=(NEW, Argument("the new data, a file or folder of the same kind")),
    options={
        "false_alarms": Argument("the share of normal rows that may be taken for anomalies", "0.01"),
        "out": Argument("the folder of the results; by default RUN/detect/<NEW>, or outputs/detect/<TRAIN>/<NEW>"),
        "watch": Argument(
            "true: score the files of the folder NEW as they appear, until Ctrl-C", "false", ("true", "false")
        ),
    },
    other_keys="knobs of the training on TRAIN, such as model.bottleneck=8; narrows train --help lists them",
)
CHECKPOINTS = (".ckpt", ".safetensors")
MARKS = ("best.ckpt", "record.json", "study.json")  # in the folders of runs and studies


def main(arguments: Sequence[str]) -> None:
    """Run `narrows detect ARGUMENTS`."""
    given = USAGE.parse(arguments)
    rate, new = _rate(given.options["false_alarms"]), given.options[NEW]
    path = expanded(given.operand, TRAIN)
    out = _out(given, path)
    if _is_run(path) and given.others:
        raise UserError(f"{given.others[0]}: is a knob of training, and {path} is trained already")
    _refuse_missing(new, watched=given.options["watch"] == "true")
    run = path if _is_run(path) else _trained(given, out)
    from narrows.detect.anomaly_detector import detector  # imports torch, 3 s

    found = detector(run, rate)
    writable(out, "out")
    if given.options["watch"] == "true":
        _watch(found, expanded(new, NEW), out)
        return
    from narrows.detect import detect_page, score_table
    from narrows.detect.new_samples import read_samples

    scored = score_table.Scored(found, read_samples(found.card, new))
    table = score_table.write(scored, out)
    page = detect_page.write(found, scored, new, out, shlex.join(["narrows", "detect", *arguments]))
    print(f"{detect_page.summary(found, scored, new)}\n\n{table}\n{page}")


def _rate(text: str) -> float:
    from narrows.evaluation.support.alarm_threshold import refuse_rate  # imports SciPy, 0.5 s

    try:
        rate = float(text)
    except ValueError:
        raise UserError(f"false_alarms={text}: must be a number, such as 0.01") from None
    refuse_rate("false_alarms", rate)
    return rate


def _is_run(path: Path) -> bool:
    """Whether a run, or a checkpoint of one, is named; other files and folders are data."""
    return path.name.endswith(CHECKPOINTS) or any((path / mark).is_file() for mark in MARKS)


def _out(given: Given, path: Path) -> Path:
    """The folder of the results."""
    if out := given.options["out"]:
        return expanded(out, "out")
    if _is_run(path):
        return (path if path.is_dir() else path.parent) / "detect" / _stem(given.options[NEW])
    return Path("outputs") / "detect" / _stem(given.operand) / _stem(given.options[NEW])


def _stem(path: str) -> str:
    """“more” of data/more.csv.gz."""
    return Path(path).resolve().name.partition(".")[0] or "data"


def _refuse_missing(new: str, watched: bool) -> None:
    """Raise UserError for new data that are not there, before seconds or minutes of training."""
    if watched and not expanded(new, NEW).is_dir():
        raise UserError(f"{new}: no such folder; watch=true scores the files that appear in one")
    from narrows.own.formats import reader
    from narrows.own.request import located

    reader(located(new))


def _trained(given: Given, out: Path) -> Path:
    """The folder of the run on TRAIN, which is trained unless it has been with the same knobs."""
    from narrows.app.from_python import config_of

    config = config_of([f"data={OWN}", f"data.path={quoted(given.operand)}", *given.others])
    if not config.data.held_out:
        raise UserError(f"data.val_size={config.data.val_size:g}: a threshold needs validation rows")
    from narrows.run import run
    from narrows.runs.finished import finished

    folder = (
        out if given.options["out"] else out.parent
    ) / f"run-{config.fingerprint(config.data.entry.checksum, RESULTS)[:8]}"
    if not finished(config, folder):
        print(f"{run(config, folder).summary()}\n{folder}\n", flush=True)
    return folder


def _watch(found: "AnomalyDetector", folder: Path, out: Path) -> None:
    """Score the files of the folder until a signal, which ends the program with status 128 + signal."""
    from narrows.detect.detect_page import threshold_text
    from narrows.detect.score_table import NAME
    from narrows.detect.watched_folder import WatchedFolder

    watched = WatchedFolder(found, folder, out / NAME)
    before = len(watched.scored)
    print(f"{threshold_text(found)}\n{folder} is watched, Ctrl-C ends that; scores go to {out / NAME}", flush=True)
    try:
        with interruptible():
            watched.watch()
    except Interrupted as error:
        count = len(watched.scored) - before
        print(f"\nfiles scored: {count}; anomalies: {watched.anomalies}\n{out / NAME}", flush=True)
        raise SystemExit(128 + error.signal) from None
