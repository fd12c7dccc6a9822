"""Levels at equal distances or ratios: `linspace`, `geomspace` and `logspace` in overrides, with NumPy's meaning."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Union

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep
from hydra.errors import HydraException

from narrows.config.knobs import types

FUNCTIONS = ("linspace", "geomspace", "logspace")
DIGITS = (
    12  # significant digits of a level: geomspace(1e-5, 1e-3, 3) has 1e-4 in the middle, not 0.00010000000000000002
)


def with_levels(override: str) -> str:
    """The override with its spaced levels written out: `lr=1e-05,0.0001,0.001` for `lr=logspace(-5,-3,3)`.

    For a knob that takes whole numbers the levels are rounded, each once; if that leaves fewer levels, a line on stderr
    lists them. Any other override is returned unchanged.
    Raises HydraException for arguments that NumPy refuses.
    """
    if not re.search(rf"\b({'|'.join(FUNCTIONS)})\(", override):
        return override
    try:
        parsed = _parser().parse_override(override)
    except (TypeError, ValueError, HydraException) as error:
        raise HydraException(f"{override}: {' '.join(str(error).split())}") from None
    if not parsed.is_choice_sweep():
        return override  # such as a text in quotes
    key = parsed.get_key_element()
    levels = list(_flat(parsed.sweep_iterator()))
    if "number" not in (allowed := types().get(parsed.key_or_group, set())) and "integer" in allowed:
        exact, levels = levels, [round(level) if isinstance(level, float) else level for level in levels]
        _tell_fewer(override, len(set(exact)), list(dict.fromkeys(levels)))
    return f"{key}=choice({','.join(map(str, dict.fromkeys(levels)))})"


def _tell_fewer(override: str, asked: int, levels: Sequence[object]) -> None:
    if len(levels) < asked:
        count = f"{len(levels)} level{'s' * (len(levels) > 1)}"
        print(f"{override}: {count} after rounding: {', '.join(map(str, levels))}", file=sys.stderr)


def _parser() -> OverridesParser:
    """Hydra's parser with three more functions."""
    parser = OverridesParser.create()
    for name in FUNCTIONS:
        parser.functions.register(name, _function(name))
    return parser


Number = Union[int, float]  # noqa: UP007 - Hydra compares arguments with annotations, and 1 is no float to it


def _function(name: str) -> Callable[[Number, Number, int], ChoiceSweep]:
    def spaced(start: Number, stop: Number, num: int) -> ChoiceSweep:
        import numpy as np  # 0.1 s

        if num < 1:
            raise ValueError(f"{name} of {num} levels: at least 1")
        with np.errstate(all="ignore"):
            levels = getattr(np, name)(start, stop, num)
        if not np.isfinite(levels).all():
            raise ValueError(f"{name}({start},{stop},{num}): not all levels are finite numbers")
        return ChoiceSweep(list=[float(f"{level:.{DIGITS}g}") for level in levels.tolist()])

    return spaced


def _flat(levels: Iterable[object]) -> Iterator[object]:
    """The levels of `0,linspace(1,2,3)`, where one of the levels is a list of them."""
    for level in levels:
        if isinstance(level, ChoiceSweep):
            yield from _flat(level.list)
        else:
            yield level
