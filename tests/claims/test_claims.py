"""All claims together."""

from pathlib import Path

import pytest

from narrows.claims import CLAIMS
from narrows.claims.engine.chosen_claims import publish
from narrows.claims.engine.claim import claim
from narrows.claims.engine.claims_page import write
from support.configs import CONF


@pytest.mark.parametrize("number", CLAIMS)
def test_a_claim_has_a_sentence_studies_and_a_planned_contrast(number):
    tested = claim(number)
    assert tested.number == number
    assert tested.sentence.endswith(".") and tested.protocol.endswith(".") and tested.legend.endswith(".")
    assert all((CONF / "study" / "claims" / f"{name}.yaml").is_file() for name in tested.studies)
    assert "claimed: " in tested.planned.text or "all levels of" in tested.planned.text
    assert "±0 " not in tested.planned.text  # of a quantity without a margin nothing is ever equal


def test_every_study_of_the_claims_belongs_to_one():
    named = {name for number in CLAIMS for name in claim(number).studies}
    assert named == {path.stem for path in (CONF / "study" / "claims").glob("*.yaml")}


@pytest.mark.slow
def test_a_claim_is_tested_from_study_to_page(command):
    outcome = command("claims", "size=smoke", "only=1", "trainer=cpu", "seed=range(3)", "out=here")
    assert outcome.status == 0, outcome.err
    markdown = (Path("here") / "smoke" / "claims.md").read_text()
    assert claim(1).sentence in markdown and "**Not testable.** A control failed" in markdown


@pytest.mark.parametrize("wrong", ["size=huge", "only=99", "surprise"])
def test_a_mistake_is_one_line(command, wrong):
    outcome = command("claims", "size=smoke", wrong)
    assert outcome.status == 2
    assert wrong.partition("=")[2] in outcome.line


def test_the_page_and_its_figures_are_published(tmp_path):
    out, docs = tmp_path / "out", tmp_path / "docs" / "claims"
    (out / "figures").mkdir(parents=True)
    (out / "figures" / "pca.png").touch()
    (out / "figures" / "pca.pdf").touch()
    write([claim(1)], tmp_path / "nothing", out, "narrows claims")
    docs.mkdir(parents=True)
    (docs / "old.md").touch()
    publish(out, docs)
    assert [path.name for path in sorted(docs.rglob("*.*"))] == ["README.md", "pca.png"]
    assert claim(1).sentence in (docs / "README.md").read_text()
