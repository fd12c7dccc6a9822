"""`narrows.sweep`: a grid of runs, trained as fleets, with a report."""

import tempfile
import warnings
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from narrows.app.from_python import planned_sweep
from narrows.front.data_in import source
from narrows.front.fit_arrays import of_device, says_scale
from narrows.front.keywords import axis, by_key, overrides
from narrows.front.studies import StudyResults
from narrows.front.surroundings import ctrl_c_as_in_python, silent, torch_settings_kept
from narrows.own.in_memory import named
from narrows.paths import expanded, writable


def sweep(
    X: Any,  # noqa: ANN401, N803 - any array-like; the name that scikit-learn has
    grid: Mapping[str, object],
    y: Any = None,  # noqa: ANN401 - any array-like
    *,
    path: str | Path | None = None,
    device: str = "auto",
    processes: int | None = None,
    progress: bool = True,
    **knobs: object,
) -> StudyResults:
    """Train every combination of levels and write a report, as `narrows train -m` does.

    grid       for each key its levels, {"model.bottleneck": [2, 8], "seed": range(5)}; keys as those of `narrows.fit`
    path       folder of the study; runs in it that are done are not trained again. Without it the study is in a
               temporary folder, which is removed with the returned object
    processes  fleets that train at a time; None: as many as there are cores or GPUs
    progress   print the plan, the progress and the report

    `X`, `y`, `device` and the other knobs, which all runs share, are those of `narrows.fit`. Raises UserError, in one
    line, for a grid that cannot be trained, and warns of single runs that failed: the result's `frame` says why.
    """
    temporary = None if path else tempfile.TemporaryDirectory(prefix="narrows-")
    folder = Path(temporary.name) if temporary else expanded(path or "", "path")
    folder = folder.resolve()
    writable(folder, "path")
    axes = by_key(grid)
    keywords = {**of_device(device), **knobs}
    given = source(X, y, folder, scaled=says_scale({**keywords, **axes}))
    arguments = [*given.overrides, *overrides(keywords), *(axis(key, levels) for key, levels in axes.items())]
    shown = nullcontext() if progress else silent()
    with named("X", given.file), torch_settings_kept(), ctrl_c_as_in_python(), shown:
        status = planned_sweep(arguments, folder).conduct(processes, stays=temporary is None)
    if status:
        warnings.warn("some runs are not done; the column `error` of the result's frame says why", stacklevel=2)
    return StudyResults(folder, temporary)
