"""How narrow a code may be, and what a table prints bold, on made-up errors whose answers are known."""

from pathlib import Path

import numpy as np
from pandas import DataFrame

from narrows.config.quantities import quantity
from narrows.runs import record
from narrows.runs.study import Study
from narrows.stats import grid as grids
from narrows.stats.best import best_of
from narrows.stats.grid import Grid
from narrows.stats.narrowest import Narrowest, narrowest
from support.made_up_study import BOTTLENECK, make

ASKED = ["test/mse", "test/probe"]
ERRORS = {2: 4.0, 4: 2.0, 8: 1.04, 16: 1.01, 32: 1.0, 64: 1.2}


def noise(levels: dict, seeds: int = 5) -> float:
    """From -1 to 1, in another order of the seeds for each bottleneck."""
    order = np.random.default_rng(levels[BOTTLENECK]).permutation(seeds)
    return float(np.linspace(-1, 1, seeds)[order][levels["seed"]])


def grid_of(folder: Path, spread: float, seeds: int = 5, errors: dict[int, float] = ERRORS, **asked: object) -> Grid:
    def error(levels: dict) -> float:
        return errors[levels[BOTTLENECK]] * (1 + spread * noise(levels, seeds))

    return grids.read(make(folder, {BOTTLENECK: list(errors), "seed": list(range(seeds))}, error, **asked))


def narrowest_of(grid: Grid) -> Narrowest:
    answer = narrowest(grid, grid.factors[0], {})
    assert answer
    return answer


def test_the_narrowest_code_within_the_margin(tmp_path):
    """A margin of 5 % with a spread of 0.1 %: 8 is 4 % worse than 32, 4 is twice as bad."""
    answer = narrowest_of(grid_of(tmp_path, 0.001))
    assert (answer.best, answer.not_worse, answer.equal, answer.one_error, answer.n) == (32, 8, 8, 32, 5)


def test_a_spread_that_hides_it_leaves_it_not_shown(tmp_path):
    """With 20 % of spread, 8 is neither shown to be worse than 5 % nor to be within it; one standard error is 7 %."""
    answer = narrowest_of(grid_of(tmp_path, 0.2))
    assert (answer.best, answer.not_worse, answer.equal, answer.one_error) == (32, 8, 32, 8)


def test_the_margin_is_the_studys(tmp_path):
    assert narrowest_of(grid_of(tmp_path, 0.001, margin=0.02)).equal == 16
    assert narrowest_of(grid_of(tmp_path / "wide", 0.001, margin=1.5)).equal == 4


def test_too_few_seeds_show_nothing(tmp_path):
    answer = narrowest_of(grid_of(tmp_path, 0.001, seeds=2))
    assert (answer.best, answer.not_worse, answer.equal) == (32, None, None)


def test_the_best_and_what_is_not_shown_to_be_worse(tmp_path):
    clear, unclear = grid_of(tmp_path / "clear", 0.001), grid_of(tmp_path / "unclear", 0.1)
    assert best_of(clear, [0, 1, 2, 3, 4, 5], clear.main) == [4]
    assert best_of(unclear, [0, 1, 2, 3, 4, 5], unclear.main) == [4, 2, 3, 5]
    assert best_of(unclear, [4, 5], unclear.main) == [4]  # of two cells 64 is shown to be worse, of six it is not
    assert best_of(unclear, [0, 5], unclear.main) == [5]


def test_of_equal_cells_one_is_rarely_called_worse_than_the_best():
    """In at most 5 % of studies, although the cell that they are compared with is the luckiest one."""
    random = np.random.default_rng(0)
    names = ("run", "status", "cell", "seed")
    runs = DataFrame(
        [(f"run{cell}-{seed}", "done", cell, seed) for cell in range(6) for seed in range(5)], columns=names
    )
    main = quantity("test/psnr")
    left_out = 0
    for _ in range(300):
        scored = runs.assign(**{main.name: random.normal(20, 1, len(runs))})
        cells = scored.groupby("cell")[main.name].mean().to_frame(f"{main.name} mean")
        study = Study(name="s", question="?", command="", axes={}, runs={}, metrics=[main.name])
        grid = Grid(study, {}, [], [main], {}, scored, cells)
        left_out += len(best_of(grid, range(6), main)) < 6
    assert left_out <= 0.05 * 300


def test_a_quantity_that_few_runs_recorded_has_no_best_cell(tmp_path):
    """Three seeds of the error, but one of the accuracy."""
    folder = make(tmp_path, {BOTTLENECK: [2, 4], "seed": [0, 1, 2]}, lambda run: 1 / run[BOTTLENECK], metrics=ASKED)
    for run in ("run0", "run3"):
        result = record.read(folder / run)
        record.write(result.model_copy(update={"metrics": result.metrics | {"test/probe": 0.9}}), folder / run)
    grid = grids.read(folder)
    assert best_of(grid, [0, 1], grid.quantities[1]) == []


def test_higher_is_better_for_accuracies(tmp_path):
    accuracy = {"probe": lambda levels: 0.9 - 0.1 / levels[BOTTLENECK] + noise(levels) / 1e4}
    grid = grid_of(tmp_path, 0.001, more=accuracy, metrics=["test/probe"])
    assert best_of(grid, list(grid.cells.index), grid.main) == [5]
    answer = narrowest_of(grid)
    assert (answer.best, answer.equal) == (64, 16)  # 0.5 points lower; 8 is 1.1 points lower
