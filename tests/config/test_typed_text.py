"""Texts of any characters as values of an override: Hydra and OmegaConf read back what was quoted."""

import shlex

from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from narrows.app.messages import in_quotes
from narrows.config.typed_text import quoted

SPECIAL = st.text(alphabet="ab1 \\\"'${}[]()=,:~é/.", min_size=1, max_size=8)
PARSER = OverridesParser.create()


def test_a_plain_word_or_path_needs_no_quotes():
    assert [quoted(text) for text in ("bottleneck", "a-b_c/d.csv", "null", "1")] == [
        "bottleneck",
        "a-b_c/d.csv",
        '"null"',
        '"1"',
    ]


@given(text=SPECIAL)
def test_a_quoted_text_is_read_back(text):
    value = PARSER.parse_override(f"key={quoted(text)}").value()
    assert OmegaConf.create({"key": value}).key == text


@given(text=SPECIAL)
def test_what_a_message_shows_can_be_pasted_into_a_shell(text):
    (typed,) = shlex.split(in_quotes("key", text))
    assert PARSER.parse_override(typed).value() == text
