"""The files of the ledger: each is a valid study whose numbers its runs can measure."""

import pytest
import yaml

from narrows.app.studies_in_turn import SIZES
from narrows.config.knobs import knobs
from narrows.config.study_section import ARM
from narrows.errors import UserError
from narrows.published.papers import chosen, papers
from support.configs import CONF

PAPERS = papers()


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_is_measured_by_enough_seeds_in_every_size(name):
    study = yaml.safe_load((CONF / "study" / "published" / f"{name}.yaml").read_text())["study"]
    assert study["name"] == f"published/{name}"
    assert tuple(study["sizes"]) == SIZES
    assert all(int(size["seed"].removeprefix("range(").removesuffix(")")) >= 3 for size in study["sizes"].values())


@pytest.mark.parametrize("name", PAPERS)
def test_the_levels_of_a_number_are_swept_in_the_full_size(name):
    study = yaml.safe_load((CONF / "study" / "published" / f"{name}.yaml").read_text())["study"]
    for number in PAPERS[name].numbers.values():
        for key, level in number.at.items():
            assert key == ARM or key in knobs()
            levels = study["arms"] if key == ARM else map(str.strip, study["sizes"]["full"][key].split(","))
            assert any(str(level) == text or _same(level, text) for text in levels)


def _same(level: object, text: str) -> bool:
    try:
        return float(level) == float(text)
    except (TypeError, ValueError):
        return False


def test_an_unknown_paper_is_refused_with_the_choices():
    with pytest.raises(UserError, match=f"only=nobody: choose from {', '.join(PAPERS)}"):
        chosen(["nobody"])


def test_a_file_without_numbers_is_refused(tmp_path, monkeypatch):
    folder = tmp_path / "study" / "published"
    folder.mkdir(parents=True)
    (folder / "empty.yaml").write_text("study: {name: x, question: y, sizes: {}}")
    monkeypatch.setattr("narrows.published.papers.conf_folder", lambda: tmp_path)
    with pytest.raises(UserError, match=r"study=published/empty: study\.published is missing"):
        papers()
    (folder / "empty.yaml").write_text(
        "study: {name: x, question: y, sizes: {}, published: {paper: a, reference: b, protocol: c, numbers: {n: {}}}}"
    )
    with pytest.raises(UserError, match=r"study=published/empty: study.published.numbers.n.label"):
        papers()
