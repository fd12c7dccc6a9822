"""Links into TensorBoard, each to a page with the runs and tags that answer one question.

The links filter the runs, because IMAGES and CUSTOM SCALARS show none of more than forty runs until some are chosen.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

from narrows.board import shown
from narrows.runs import record
from narrows.runs.record import Record

PICTURED = "projector_config.pbtxt"  # only in a run with pictures
ADDRESS = "http://127.0.0.1:6006"  # TensorBoard's, unless the port is taken
SEED = "seed"
SPECIAL = re.compile(r"[][.*+?^${}()|\\]")  # in a regular expression

#: The cards above all others of TIME SERIES, which sorts the others by name: `active_units` would be the first.
LOSSES = ("train/loss", "val/loss")
#: Runs get one colour if these groups match the same text: the name without its seed.
ARMS = r"^(.*[_/])?seed-\d+(_.*)?$"


def links(*folders: Path, address: str = ADDRESS) -> dict[str, str]:
    """Links by what their pages show, for the studies and runs in these folders; `address` is TensorBoard's."""
    runs = shown.runs(folders)
    colours = ARMS if _has_arms(folders) else ""
    pages = {
        "every run in a table": f"{address}/#hparams",
        "losses over epochs": timeseries(address, pins=LOSSES, colours=colours),
    }
    if any((run / PICTURED).is_file() for run in runs.values()):
        pages["test images and reconstructions"] = timeseries(address, tags="^reconstruction/test_images$")
    if best := _best(folders):
        name = exactly(best)
        pages["the best run by validation error"] = timeseries(address, runs=name, pins=LOSSES)
        pages["its losses in one chart"] = _losses(address, name, pictured=(runs[best] / PICTURED).is_file())
    if any(Path(name).name == shown.SUMMARY and run.is_dir() for name, run in runs.items()):
        pages["the report's figures"] = images(address, runs=f"(^|/){shown.SUMMARY}$", tags="^report/")
    return pages


def timeseries(address: str, runs: str = "", tags: str = "", pins: tuple[str, ...] = (), colours: str = "") -> str:
    """The link to TIME SERIES with the runs and tags that match these regular expressions; an empty one matches all.

    Curves are not smoothed. `pins` are tags of scalars that stand above the others. Runs for which the groups of the
    regular expression `colours` match the same text have the same colour.
    """
    query = {
        "runFilter": runs,
        "tagFilter": tags,
        "pinnedCards": json.dumps([{"plugin": "scalars", "tag": tag} for tag in pins], separators=(",", ":")),
        "runColorGroup": colours and f"regex:{colours}",
    }
    given = {key: text for key, text in query.items() if text not in ("", "[]")} | {"smoothing": "0"}
    return f"{address}/?{urlencode(given, safe='/', quote_via=quote)}#timeseries"


def images(address: str, runs: str, tags: str) -> str:
    """The link to IMAGES with the runs and tags that match these regular expressions, the tags opened."""
    return f"{address}/#images&regexInput={quote(runs)}&tagFilter={quote(tags)}"


def exactly(name: str) -> str:
    """The regular expression, for JavaScript, that matches only this name."""
    return "^" + SPECIAL.sub(r"\\\g<0>", name) + "$"


def text(pages: Mapping[str, str]) -> str:
    """A line for each page, for a terminal."""
    width = max(map(len, pages))
    return "\n".join(f"{name:<{width}}  {link}" for name, link in pages.items())


def how_to_open(folder: Path) -> str:
    """The command that starts TensorBoard for the study in `folder`, and its links, for a terminal."""
    return f"narrows board {folder}   starts TensorBoard; then\n{text(links(folder))}"


def _losses(address: str, runs: str, pictured: bool) -> str:
    """Training and validation in one chart: the picture has two colours, CUSTOM SCALARS only two kinds of markers."""
    if pictured:
        return images(address, runs, "^loss/")
    return f"{address}/#custom_scalars&regexInput={quote(runs)}&_smoothingWeight=0"


def _has_arms(folders: tuple[Path, ...]) -> bool:
    """True if a study varies the seed and something else."""
    axes = [shown.read_study(folder).axes for folder in shown.studies(folders).values()]
    return any(SEED in keys and len(keys) > 1 for keys in axes)


def _best(folders: tuple[Path, ...]) -> str | None:
    """The name of the finished run with the lowest validation error, if all runs are those of one study."""
    runs, studies = shown.runs(folders), list(shown.studies(folders).values())
    if len(studies) != 1 or len(shown.runs(studies)) != len(runs):
        return None
    errors = {name: _error(run) for name, run in runs.items()}
    done = {name: error for name, error in errors.items() if error is not None}
    return min(done, key=lambda name: done[name]) if done else None


def _error(run: Path) -> float | None:
    try:
        result: Record | None = record.read(run)
    except ValueError:  # damaged
        return None
    return result.objective() if result and result.status == "done" else None
