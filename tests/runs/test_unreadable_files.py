"""A folder in place of a file of a run or a study is told in one line."""

import pytest

from narrows.errors import UserError
from narrows.runs import record, study
from narrows.runs.study import Study
from narrows.runs.study_checksum import study_checksum
from narrows.stats import study_folder


def test_a_record_that_cannot_be_read_counts_as_empty(tmp_path):
    study.write(Study(name="s", question="", command="", axes={}, runs={"a": {}}), tmp_path)
    (tmp_path / "a").mkdir()
    before = study_checksum([tmp_path])
    (tmp_path / "a" / record.NAME).mkdir()
    assert study_checksum([tmp_path]) != before


def test_a_study_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / study.NAME).mkdir()
    with pytest.raises(UserError, match=r"study\.json: cannot be read \(Is a directory\)"):
        study_folder.read(tmp_path)
