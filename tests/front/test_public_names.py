"""`import narrows` offers its names at once and imports nothing heavy."""

import subprocess
import sys

import pytest

import narrows


@pytest.mark.parametrize("name", [*narrows.__all__, "open"])
def test_each_public_name_is_there(name):
    assert getattr(narrows, name) is not None
    assert name in dir(narrows)


def test_a_star_import_leaves_the_open_of_python():
    assert "open" not in narrows.__all__


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="module 'narrows' has no attribute 'fitt'"):
        narrows.fitt  # noqa: B018


def test_functions_are_not_hidden_by_packages():
    """A package of this name would take the function's place as soon as a module in it is imported."""
    program = "import narrows, narrows.app.from_python; assert all(callable(getattr(narrows, name)) for name in %r)"
    subprocess.run([sys.executable, "-c", program % ["fit", "sweep", "study", "open", "load", "read"]], check=True)


def test_importing_imports_nothing_heavy():
    program = (
        "import sys, narrows; print(*{'torch', 'numpy', 'pandas', 'hydra', 'sklearn', 'lightning'} & {*sys.modules})"
    )
    output = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert output.split() == []
