"""Links between the documents lead somewhere, and the guides name everything there is."""

import re
from pathlib import Path

import pytest

from narrows.config.catalogue import CATALOGUE
from narrows.config.evaluations import EVALUATIONS
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


def test_every_study_is_in_the_guide():
    assert not missing("sweeps.md", [path.stem for path in CONF.glob("study/*.yaml")])


def test_every_data_set_is_in_the_guide():
    assert not missing("data.md", CATALOGUE)


def test_every_evaluation_is_in_the_guide():
    assert not missing("evaluation.md", EVALUATIONS)


@pytest.mark.parametrize("slot", ["model", "code", "corruption", "objective", "pretrain", "optimizer", "schedule"])
def test_every_choice_of_a_slot_is_in_the_guide(slot):
    names = {path.stem for path in CONF.glob(f"{slot}/*.yaml")}
    text = (REPOSITORY / "docs" / "extending.md").read_text()
    assert not {name for name in names - {"none"} if f"`{name}`" not in text and f"{slot}={name}" not in text}


def missing(guide: str, names) -> list[str]:
    """The names that the guide's tables do not have."""
    text = (REPOSITORY / "docs" / guide).read_text()
    return [name for name in names if f"`{name}`" not in text]
