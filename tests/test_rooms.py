"""How the sources are laid out, beside what `lint-imports` checks."""

from collections import Counter

import pytest

from support.configs import REPOSITORY


@pytest.mark.parametrize("folder", ["src/narrows", "tests"])
def test_no_file_name_stands_in_two_rooms(folder):
    names = Counter(path.name for path in (REPOSITORY / folder).rglob("*.py"))
    common = {"__init__.py", "conftest.py"}
    assert [name for name, count in names.items() if count > 1 and name not in common] == []
