"""Words of the user's are text in every file of a report, and never markup or a formula."""

import pandas as pd
import pytest
from pandas import DataFrame

from narrows import report
from narrows.report import write_report
from narrows.report.markup import code, for_spreadsheets, html_table, markdown, markdown_table, without_bold
from support.made_up_study import ACTIVATION, make, noisy

NAMES = ["<script>alert(1)</script>", "a|b", "**x**", "=1+1", "leaky_relu", "_y_"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(write_report, "CHARTS", [])
    made = make(tmp_path, {ACTIVATION: NAMES, "seed": [0, 1, 2]}, noisy, question="Is <b> **bold**?")
    report.write(made)
    return made / "report"


def test_html_has_no_markup_of_the_users(folder):
    page = (folder / "report.html").read_text()
    assert "<script" not in page and "&lt;script&gt;" in page and "Is &lt;b&gt; **bold**?" in page
    assert "<td>**x**</td>" in page and "<b>x</b>" not in page
    assert "<td><b>" in page  # the best numbers


def test_markdown_has_no_markup_of_the_users(folder):
    page = (folder / "report.md").read_text()
    assert "<script" not in page and r"a\|b" in page and r"\*\*x\*\*" in page and r"\_y\_" in page
    assert "leaky_relu" in page and r"Is &lt;b\> \*\*bold\*\*?" in page
    rows = [line for line in page.splitlines() if line.startswith("|") and r"a\|b" in line]
    assert rows and all(row.replace(r"\|", "").count("|") == rows[0].replace(r"\|", "").count("|") for row in rows[:1])


def test_csv_files_have_no_formulas(folder):
    assert "'=1+1" in pd.read_csv(folder / "summary.csv")[ACTIVATION].tolist()
    assert for_spreadsheets(DataFrame({"=a": ["+1", "b"], "c": [-1.0, 2.0]})).to_dict("list") == {
        "'=a": ["'+1", "b"],
        "c": [-1.0, 2.0],
    }


def test_the_event_file_has_no_name_of_a_machine(folder):
    import socket

    (file,) = (folder.parent / "summary").iterdir()
    assert socket.gethostname() not in file.name


def test_bold_numbers_in_each_format():
    table = DataFrame({"level": ["**2**"], "value": ["**1.5 ± 0.1** (3)"]})
    assert "<td>**2**</td>" in html_table(table, 1) and "<td><b>1.5 ± 0.1</b> (3)</td>" in html_table(table, 1)
    assert r"\*\*2\*\*" in markdown_table(table, 1) and "**1.5 ± 0.1** (3)" in markdown_table(table, 1)
    assert without_bold(table, 1).iloc[0].tolist() == ["**2**", "1.5 ± 0.1 (3)"]


def test_markdown_and_code():
    assert markdown("a\nb <i> `c`") == r"a b &lt;i\> \`c\`"
    assert code("plain") == "`plain`" and code("a `b`") == "`` a `b` ``"
