"""Texts on the command line that cannot be read, or hold bytes that are no text: one line that helps."""

import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import OverrideParseException

from narrows.app.messages import message
from support.outcomes import script


@pytest.mark.parametrize(
    "value", ["~/x.csv", "josé.csv", "data(1).csv", "year=2024.csv", 'a"b.csv', "it's.csv", "[1].csv", "{1}.csv"]
)
def test_a_text_that_hydra_cannot_read_is_repeated_in_quotes_that_it_can_read(value):
    parser = OverridesParser.create()
    with pytest.raises(OverrideParseException) as error:
        parser.parse_overrides([f"data.path={value}"])
    start = f"data.path={value}: cannot be read; a text with such characters is quoted, as in "
    text = message(error.value)
    assert text.startswith(start)
    (typed,) = shlex.split(text.removeprefix(start))
    assert parser.parse_overrides([typed])[0].value() == value


@pytest.mark.parametrize(("command", "key"), [("train", "hydra.run.dir="), ("evaluate", "checkpoint="), ("report", "")])
def test_a_name_that_is_not_utf_8_is_refused(command, key, tmp_path):
    outcome = script(command, f"{key}x\udcff", cwd=tmp_path)
    assert outcome.status == 2
    assert outcome.err == f"error: {key}x\\xff: is not text in UTF-8; rename the file or folder\n"


def test_evaluate_takes_a_path_below_the_home_folder(tmp_path):
    outcome = script("evaluate", 'checkpoint="~/none.ckpt"', cwd=tmp_path, HOME=str(tmp_path))
    assert outcome.status == 2
    assert outcome.err == f"error: checkpoint={tmp_path}/none.ckpt: no such file\n"
