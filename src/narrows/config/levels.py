"""The type of a level: a value of a swept key, as plain data."""

from typing import Any

Level = int | float | str | bool | None | list[Any]
