"""`FleetSearchCV` against `GridSearchCV`, with the same scores: python scripts/search_speed.py [processes]"""

import sys
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from narrows.bench.alternate import alternate, write_table
from narrows.sklearn import Autoencoder, FleetSearchCV

GRID = {"bottleneck": [2, 4, 8, 16], "optimizer.lr": [5e-4, 1e-3, 2e-3, 3e-3], "random_state": [0, 1]}
FOLDS, ROUNDS, EPOCHS = 3, 3, 5


def main(processes: int) -> None:
    """CPU seconds of one process, or wall seconds of several, each per candidate and fold; they take turns."""
    images, scores = load_digits().data[:600], {}

    def search(kind: type[GridSearchCV]) -> int:
        autoencoder = Autoencoder(max_epochs=EPOCHS, knobs={"model.widths": [64]})
        results = kind(autoencoder, GRID, cv=FOLDS, refit=False, n_jobs=processes).fit(images).cv_results_
        scores[kind.__name__] = results["mean_test_score"].tolist()
        return len(scores[kind.__name__]) * FOLDS

    programs = {kind.__name__: partial(search, kind) for kind in (GridSearchCV, FleetSearchCV)}
    programs["FleetSearchCV"]()  # imports
    times = alternate(programs, ROUNDS, process_time if processes == 1 else perf_counter)
    assert scores["GridSearchCV"] == scores["FleetSearchCV"], "the scores differ"
    title = f"32 candidates × {FOLDS} folds of {EPOCHS} epochs on 600 digits, n_jobs={processes}, seconds of a fit"
    write_table(title, times, "FleetSearchCV", {"GridSearchCV": "≥ 2"}, Path("outputs/bench/search.json"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
