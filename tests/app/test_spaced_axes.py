"""`linspace`, `geomspace` and `logspace` on the command line and in study files, against NumPy."""

import numpy as np
import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hypothesis import given
from hypothesis import strategies as st

from narrows.app.spaced_axes import FUNCTIONS, with_levels
from support.sweeps import grid


def levels_of(override: str) -> list[float]:
    parsed = OverridesParser.create().parse_override(with_levels(override))
    assert parsed.is_discrete_sweep()
    return list(parsed.sweep_iterator())


bounds = st.floats(0.01, 100, allow_nan=False).map(lambda number: float(f"{number:.3g}"))


@given(st.sampled_from(FUNCTIONS), bounds, bounds, st.integers(1, 12))
def test_levels_are_numpys_to_twelve_digits(name, start, stop, num):
    expected = getattr(np, name)(start, stop, num)
    levels = levels_of(f"optimizer.lr={name}({start},{stop},{num})")
    if start != stop:
        np.testing.assert_allclose(levels, expected, rtol=1e-11)
    assert all(len(repr(level)) <= 20 for level in levels)


@given(st.sampled_from(FUNCTIONS[:2]), st.integers(1, 500), st.integers(1, 500), st.integers(1, 20))
def test_levels_of_a_whole_number_are_rounded_and_each_stands_once(name, start, stop, num):
    levels = levels_of(f"model.bottleneck={name}({start},{stop},{num})")
    assert levels == list(dict.fromkeys(round(level) for level in getattr(np, name)(start, stop, num)))
    assert {type(level) for level in levels} == {int}


@pytest.mark.parametrize(
    ("override", "written"),
    [
        ("optimizer.lr=logspace(-5,-3,3)", "optimizer.lr=choice(1e-05,0.0001,0.001)"),
        ("optimizer.lr=geomspace(1e-5,1e-3,3)", "optimizer.lr=choice(1e-05,0.0001,0.001)"),
        ("model.dropout=linspace(0,0.3,4)", "model.dropout=choice(0.0,0.1,0.2,0.3)"),
        ("model.bottleneck=logspace(0,2,5)", "model.bottleneck=choice(1,3,10,32,100)"),
        ("model.bottleneck=linspace(start=2,stop=4,num=3)", "model.bottleneck=choice(2,3,4)"),
        ("model.bottleneck=2,geomspace(4,16,3)", "model.bottleneck=choice(2,4,8,16)"),
        ("data.train_size=geomspace(100,1000,3)", "data.train_size=choice(100,316,1000)"),
        ("seed=linspace(3,3,1)", "seed=choice(3)"),
    ],
)
def test_levels_are_written_short(override, written):
    assert with_levels(override) == written


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("model.bottleneck=geomspace(1,4,7)", "4 levels after rounding: 1, 2, 3, 4"),
        ("model.bottleneck=8,linspace(1,1.2,2)", "2 levels after rounding: 8, 1"),
        ("seed=linspace(0,0.4,3)", "1 level after rounding: 0"),
    ],
)
def test_fewer_levels_than_typed_are_told_in_a_line(capsys, override, line):
    with_levels(override)
    assert capsys.readouterr().err == f"{override}: {line}\n"


@pytest.mark.parametrize("override", ["model.bottleneck=geomspace(1,16,3)", "optimizer.lr=geomspace(1,4,7)"])
def test_as_many_levels_as_typed_are_told_nothing(capsys, override):
    with_levels(override)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("override", ["seed=range(3)", "model.bottleneck=1,2", "study.question='linspace(0,1,2)?'"])
def test_everything_else_is_left_to_hydra(override):
    assert with_levels(override) == override


@pytest.mark.parametrize(
    "levels",
    [
        "linspace(0,1)",
        "linspace(0,1,0)",
        "linspace(a,1,2)",
        "geomspace(0,1,3)",
        "logspace(0,400,3)",
        "linspace(0,1,1.5)",
    ],
)
def test_arguments_that_give_no_levels_are_one_line(levels):
    with pytest.raises(HydraException, match=r"optimizer\.lr=") as refusal:
        with_levels(f"optimizer.lr={levels}")
    assert len(str(refusal.value).splitlines()) == 1


def test_they_are_axes_on_the_command_line_and_in_a_file(tmp_path):
    (tmp_path / "study").mkdir()
    sizes = "{model.bottleneck: 'geomspace(1,16,3)', optimizer.lr: 'logspace(-3,-2,2)'}"
    text = f"# @package _global_\nstudy:\n  name: own\n  question: Q?\n  sizes: {{full: {sizes}}}\n"
    (tmp_path / "study" / "own.yaml").write_text(text)
    by_file, _ = grid("study=own", f"hydra.searchpath=[file://{tmp_path}]")
    typed, jobs = grid("model.bottleneck=geomspace(1,16,3)", "optimizer.lr=logspace(-3,-2,2)")
    assert by_file.axes == typed.axes == {"model.bottleneck": [1, 4, 16], "optimizer.lr": [0.001, 0.01]}
    assert [job.config.model.bottleneck for job in jobs] == [1, 1, 4, 4, 16, 16]
