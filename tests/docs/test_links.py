"""Links between the documents lead somewhere, and the guides name nothing that does not exist."""

import re
from pathlib import Path

import pytest

from narrows.config.catalogue import CATALOGUE
from narrows.config.data_section import SECTIONS
from narrows.config.evaluations import EVALUATIONS
from narrows.config.objective_section import Weights
from support.configs import CONF, REPOSITORY
from support.examples import DOCUMENTS

PAGES = [*DOCUMENTS, REPOSITORY / "CONTRIBUTING.md", REPOSITORY / "CHANGELOG.md"]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for link in LINK.findall(page.read_text()):
        if not link.startswith("https://"):
            name, _, anchor = link.partition("#")
            target = page.parent / name if name else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_the_readme_links_every_guide():
    linked = LINK.findall((REPOSITORY / "README.md").read_text())
    guides = {str(page.relative_to(REPOSITORY)) for page in (REPOSITORY / "docs").glob("*.md")}
    assert guides <= set(linked)


def test_the_readme_is_one_page():
    assert len((REPOSITORY / "README.md").read_text().splitlines()) <= 140


EXISTING = {
    "sweeps.md": ("study", [path.stem for path in CONF.glob("study/*.yaml")]),
    "data.md": ("`data=`", (*CATALOGUE, *SECTIONS)),
    "evaluation.md": ("evaluation", EVALUATIONS),
    "extending.md": ("term", Weights.model_fields),
}


@pytest.mark.parametrize("guide", EXISTING)
def test_a_guides_table_has_only_what_exists(guide):
    """A guide need not have everything: `narrows train --help` lists it."""
    header, names = EXISTING[guide]
    rows = first_column((REPOSITORY / "docs" / guide).read_text(), header)
    assert rows and set(rows) <= set(names)


def test_the_guide_to_slots_has_only_choices_that_exist():
    text = (REPOSITORY / "docs" / "extending.md").read_text()
    choices = re.findall(r"`(model|code|corruption|objective|pretrain|optimizer|schedule)=(\w+)`", text)
    assert choices and all((CONF / slot / f"{name}.yaml").is_file() for slot, name in choices)


def first_column(text: str, header: str) -> list[str]:
    """The names in the first column of the table with this header: the first word in backticks of each row."""
    table = text.partition(f"\n| {header} |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `(\w+)`", table, re.MULTILINE)
