"""Axes that only some runs have, merged with the axis that they depend on."""

from pathlib import Path

from narrows.config.study_section import ARM
from narrows.runs import record
from narrows.runs.study import Study
from narrows.stats import grid as grids
from narrows.stats.comparisons import comparisons
from narrows.stats.grid import Grid
from support.made_up_study import BOTTLENECK, made_up_record, noisy

ACTIVE, LEVEL = "code.active", "corruption.level"


def grid_of(folder: Path, arms: list[dict], axes: dict, **options: object) -> Grid:
    """The grid of four seeds of each of these arms, given by their levels."""
    runs = {f"run{i}-{seed}": arm | {"seed": seed} for i, arm in enumerate(arms) for seed in range(4)}
    for run, levels in runs.items():
        (folder / run).mkdir(parents=True)
        record.write(made_up_record(levels, noisy, "done", {}), folder / run)
    study = Study(
        name="nested", question="Is it so?", command="", axes=axes | {"seed": [0, 1, 2, 3]}, runs=runs, **options
    )
    (folder / "study.json").write_text(study.model_dump_json())
    return grids.read(folder)


def test_a_knob_of_one_code_makes_three_arms(tmp_path):
    arms = [{"code": "plain"}, {"code": "sparse", ACTIVE: 25}, {"code": "sparse", ACTIVE: 10}]
    grid = grid_of(tmp_path, arms, {"code": ["plain", "sparse"], ACTIVE: [25, 10]})
    (factor,) = grid.factors
    assert (factor.name, factor.baseline) == ("code", "plain")
    assert [factor.at(level) for level in factor.levels] == ["plain", "sparse, active 10", "sparse, active 25"]
    assert grid.cells["n"].tolist() == [4, 4, 4]
    assert comparisons(grid)["level"].tolist() == ["sparse, active 10", "sparse, active 25"]


def test_two_methods_with_two_levels_each_beside_a_baseline(tmp_path):
    sparse = [{ARM: "sparse", ACTIVE: active} for active in (10, 25)]
    arms = [{ARM: "none"}, *sparse, *({ARM: "noisy", LEVEL: level} for level in (0.1, 0.5))]
    axes = {ARM: ["none", "sparse", "noisy"], ACTIVE: [10, 25], LEVEL: [0.1, 0.5]}
    grid = grid_of(tmp_path, arms, axes, baseline={ARM: "none"}, labels={LEVEL: "share", "noisy": "with noise"})
    (factor,) = grid.factors
    printed = [factor.at(level) for level in factor.levels]
    assert printed == [
        "none",
        "sparse, active 10",
        "sparse, active 25",
        "with noise, share 0.1",
        "with noise, share 0.5",
    ]
    assert comparisons(grid)["baseline"].unique().tolist() == ["none"]


def test_two_knobs_of_the_same_name_stay_apart(tmp_path):
    arms = [{ARM: "a", LEVEL: 1}, {ARM: "a", "code.level": 1}, {ARM: "b"}]
    (factor,) = grid_of(tmp_path, arms, {ARM: ["a", "b"], LEVEL: [1], "code.level": [1]}).factors
    assert set(factor.levels) == {"a, code.level 1", "a, corruption.level 1", "b"}


def test_an_axis_of_all_arms_stays_a_factor_of_its_own(tmp_path):
    arms = [
        {BOTTLENECK: size, "code": code, **more}
        for size in (2, 8)
        for code, more in (("plain", {}), ("sparse", {ACTIVE: 1}), ("sparse", {ACTIVE: 2}))
    ]
    grid = grid_of(tmp_path, arms, {BOTTLENECK: [2, 8], "code": ["plain", "sparse"], ACTIVE: [1, 2]})
    assert [len(factor.levels) for factor in grid.factors] == [2, 3]
    assert grid.cells["n"].tolist() == [4] * 6
    assert len(comparisons(grid)) == 4


def test_levels_of_a_spaced_axis_have_as_few_digits_as_tell_them_apart(tmp_path):
    def printed(folder: str, levels: list[float]) -> list[str]:
        arms = [{"optimizer.lr": level} for level in levels]
        (factor,) = grid_of(tmp_path / folder, arms, {"optimizer.lr": levels}).factors
        return [factor.text(level) for level in factor.levels]

    assert printed("decades", [0.1, 0.316227766, 1.0, 3.16227766, 1024]) == ["0.1", "0.316", "1", "3.16", "1024"]
    assert printed("near", [0.123411, 0.123422, 0.5]) == ["0.12341", "0.12342", "0.5"]
    assert printed("small", [1e-05, 0.00025]) == ["1e-05", "0.00025"]


def test_without_a_baseline_the_value_of_the_defaults_is_one(tmp_path):
    arms = [{"code": "sparse"}, {"code": "plain"}]
    grid = grid_of(tmp_path, arms, {"code": ["sparse", "plain"]}, defaults={"code": "plain"})
    assert grid.factors[0].baseline == "plain"
