"""Where to look in TensorBoard: links that open a page with the runs and tags that answer something.

Filters matter: of more than forty runs IMAGES and CUSTOM SCALARS show none until some are named or ticked.
"""

from pathlib import Path
from urllib.parse import urlencode

from narrows.runs import record, study
from narrows.runs.record import Record

PICTURED = "projector_config.pbtxt"  # only in a run with pictures
ADDRESS = "http://127.0.0.1:6006"  # where TensorBoard stands unless the port is taken


def links(folder: Path, address: str = ADDRESS) -> dict[str, str]:
    """What is seen, and its link, for the study or the runs in `folder`; `address` is where TensorBoard shows it."""
    found = {"every run in a table": f"{address}/#hparams", "losses over epochs": timeseries(address, tags="/loss")}
    if any(folder.rglob(PICTURED)):
        found["test images and what comes back"] = timeseries(address, tags="reconstruction/")
    if best := _best(folder):
        found["all of the best run by validation"] = timeseries(address, runs=f"^{best}$")
        found["its losses in one chart"] = f"{address}/#custom_scalars&regexInput={best}"
    if (folder / "summary").is_dir():
        found["the report's figures"] = f"{address}/#images&regexInput=summary"
    return found


def timeseries(address: str, runs: str = "", tags: str = "") -> str:
    """The page with the runs and tags that these regular expressions find; all where one is empty."""
    query = {key: pattern for key, pattern in (("runFilter", runs), ("tagFilter", tags)) if pattern}
    return f"{address}/?{urlencode(query, safe='/')}#timeseries"


def text(found: dict[str, str]) -> str:
    """A line each, for a terminal."""
    width = max(map(len, found))
    return "\n".join(f"{name:<{width}}  {link}" for name, link in found.items())


def _best(folder: Path) -> str | None:
    """The finished run of a study with the lowest validation error."""
    if not (folder / study.NAME).is_file():
        return None
    errors = {run: _error(folder / run) for run in study.read(folder).runs}
    done = {run: error for run, error in errors.items() if error is not None}
    return min(done, key=lambda run: done[run]) if done else None


def _error(run: Path) -> float | None:
    try:
        result: Record | None = record.read(run)
    except ValueError:  # damaged
        return None
    return result.objective() if result and result.status == "done" else None
