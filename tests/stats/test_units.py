"""Runs whose errors are in different units."""

from narrows.config.scales import UNITS
from narrows.report.origins import warnings
from narrows.runs import record
from narrows.stats import grid as grids
from support.made_up_study import BOTTLENECK, make, noisy


def test_errors_in_different_units_are_not_given_the_unit_of_the_first(tmp_path):
    folder = make(tmp_path, {"data.scale": ["standard", "range"], BOTTLENECK: [2, 4]}, noisy)
    assert not any("units" in sentence for sentence in warnings(grids.read(folder)))
    for run in folder.glob("run[01]"):
        result = record.read(run)
        data = result.data.model_copy(update={"unit": UNITS["standard"]})
        record.write(result.model_copy(update={"data": data}), run)
    grid = grids.read(folder)
    both = f"{UNITS['standard']} or {UNITS['pixels']}"
    assert both in grid.main.unit and grid.unit == both
    assert any("different units" in sentence for sentence in warnings(grid))
