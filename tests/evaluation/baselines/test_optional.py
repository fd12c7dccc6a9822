"""Packages of the extra `claims`."""

import re
import sys

import pytest

from narrows.errors import UserError
from narrows.evaluation.baselines.optional import optional


@pytest.mark.parametrize(
    ("module", "package", "evaluation"),
    [("skimage.restoration", "scikit-image", "denoising"), ("constriction", "constriction", "compression")],
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch, module, package, evaluation):
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, module.partition(".")[0], None)
    line = f"evaluation={evaluation}: the package {package} is missing; pip install 'narrows[claims]'"
    with pytest.raises(UserError, match=re.escape(line)):
        optional(module, package, evaluation)


def test_an_installed_package_that_fails_to_import_is_not_called_missing(monkeypatch, tmp_path):
    (tmp_path / "broken_package.py").write_text("import a_module_that_does_not_exist\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="a_module_that_does_not_exist"):
        optional("broken_package", "broken-package", "denoising")
