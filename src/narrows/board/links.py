"""Links into TensorBoard, each to a page with the runs and tags that answer one question.

The links filter the runs, because IMAGES and CUSTOM SCALARS show none of more than forty runs until some are chosen.
"""

from pathlib import Path
from urllib.parse import urlencode

from narrows.runs import record, study
from narrows.runs.record import Record

PICTURED = "projector_config.pbtxt"  # only in a run with pictures
ADDRESS = "http://127.0.0.1:6006"  # TensorBoard's, unless the port is taken


def links(folder: Path, address: str = ADDRESS) -> dict[str, str]:
    """Links by what their pages show, for the study or the runs in `folder`; `address` is TensorBoard's."""
    pages = {
        "every run in a table": f"{address}/#hparams",
        "losses over epochs": timeseries(address, tags="(train|val)/loss"),
    }
    if any(folder.rglob(PICTURED)):
        pages["test images and reconstructions"] = timeseries(address, tags="reconstruction/")
    if best := _best(folder):
        pages["the best run by validation error"] = timeseries(address, runs=f"^{best}$")
        pages["its losses in one chart"] = f"{address}/#custom_scalars&regexInput={best}"
    if (folder / "summary").is_dir():
        pages["the report's figures"] = timeseries(address, runs="^summary$", tags="report/")
    return pages


def timeseries(address: str, runs: str = "", tags: str = "") -> str:
    """The link to the runs and tags that match these regular expressions; an empty one matches all."""
    query = {key: pattern for key, pattern in (("runFilter", runs), ("tagFilter", tags)) if pattern}
    return f"{address}/?{urlencode(query, safe='/')}#timeseries"


def text(pages: dict[str, str]) -> str:
    """A line for each page, for a terminal."""
    width = max(map(len, pages))
    return "\n".join(f"{name:<{width}}  {link}" for name, link in pages.items())


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
