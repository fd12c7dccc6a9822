"""Claims: what their studies leave becomes numbers, numbers become verdicts, and every verdict can come out."""

from pathlib import Path

import numpy as np
import pytest

import made_up_numbers as made_up
import made_up_study
from conftest import CONF
from narrows.claims import CLAIMS, measure, page, pca, text
from narrows.claims.claim import claim
from narrows.report import table
from narrows.report.factors import BOTTLENECK

KINDS = ("linear", "shallow", "deep", "conv")


@pytest.mark.parametrize("number", CLAIMS)
def test_a_claim_is_a_sentence_with_studies_of_its_own_and_a_rule(number):
    found = claim(number)
    assert (found.number, found.name) == (number, CLAIMS[number])
    assert found.sentence.endswith(".") and found.protocol.endswith(".") and found.legend.endswith(".")
    assert all((CONF / "study" / "claims" / f"{name}.yaml").is_file() for name in found.studies)
    assert all(word in found.rule for word in ("supported", "not supported", "mixed"))


def test_every_study_of_the_claims_is_asked_for_by_one():
    asked = {name for number in CLAIMS for name in claim(number).studies}
    assert asked == {path.stem for path in (CONF / "study" / "claims").glob("*.yaml")}


# --- the rules


def against_pca(**said: list[str]) -> dict:
    rows = {(2**i, kind): (-1.0, word) for kind, words in said.items() for i, word in enumerate(words)}
    return {"gaps": made_up.differences([BOTTLENECK, "model"], rows)}


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"linear": ["higher"] * 2, "deep": ["lower"] * 2, "conv": ["lower"] * 2}, "supported"),
        ({"linear": ["lower"] * 2, "deep": ["no difference shown", "higher"]}, "not supported"),
        ({"linear": ["higher"] * 2, "deep": ["lower", "higher"]}, "mixed"),
    ],
)
def test_beating_pca(said, word):
    assert pca.judge(against_pca(**said)).word == word


def test_beating_pca_says_where():
    sentence = pca.judge(against_pca(deep=["lower", "higher"], conv=["lower", "lower"])).conditions
    assert "below PCA's in 3 of 4 cases of kind and bottleneck: deep at 1; conv at 1, 2." in sentence
    assert "above PCA's in 1 of 4 cases of kind and bottleneck: deep at 2." in sentence


# --- from runs to numbers


@pytest.fixture
def grid(tmp_path):
    return table.read(made_up_study.make(tmp_path / "study", made_up_study.GRID, made_up_study.noisy))


def test_means_are_those_of_the_report(grid):
    found = measure.means(measure.runs({"one": grid}), [BOTTLENECK, made_up_study.ACTIVATION], [measure.MSE])
    assert list(found.columns) == [BOTTLENECK, made_up_study.ACTIVATION, "quantity", *measure.MEANS]
    assert found["mean"].to_numpy() == pytest.approx(1000 * grid.cells["test/mse mean"].to_numpy())
    assert found["ci95"].to_numpy() == pytest.approx(1000 * grid.cells["test/mse ci95"].to_numpy())
    assert (found["n"] == 4).all()


def test_differences_are_paired_by_seed_and_corrected_together(grid):
    runs = measure.runs({"one": grid})
    runs.loc[runs["model.activation"] == "relu", "test/mse"] -= 0.01
    found = measure.differences(runs, [BOTTLENECK], measure.MSE, "model.activation", "relu")
    assert list(found[BOTTLENECK]) == [2, 4, 8]
    assert found["difference"].to_numpy() == pytest.approx(10, abs=4)
    assert (found["holm"] >= found["p"]).all() and list(found["verdict"]) == ["higher"] * 3


def test_gaps_are_between_two_metrics_of_one_run(grid):
    runs = measure.runs({"one": grid})
    found = measure.gaps(runs, [BOTTLENECK], measure.MSE, "pca/mse")
    expected = [1000 * (group["test/mse"] - group["pca/mse"]).mean() for _, group in runs.groupby(BOTTLENECK)]
    assert found["difference"].to_numpy() == pytest.approx(np.array(expected))


def test_two_keys_are_shown_in_two_directions():
    shown = text.shown(made_up.means([BOTTLENECK, "model"], {(2, "deep"): 5.0, (2, "conv"): 4.0, (8, "deep"): 3.0}))
    assert list(shown.columns) == ["bottleneck", "deep", "conv"]
    assert shown.iloc[0].tolist() == ["2", "5.00 ± 0.10 (3)", "4.00 ± 0.10 (3)"]
    assert shown.iloc[1].tolist() == ["8", "3.00 ± 0.10 (3)", "–"]


# --- the page


def test_a_claim_without_its_runs_is_open(tmp_path):
    found = page.section(claim(1), tmp_path, tmp_path)
    assert found.verdict.word == "open"
    assert "pca_linear, pca_mlp, pca_conv" in found.verdict.conditions


@pytest.mark.slow
def test_a_claim_is_tested_from_study_to_page(command):
    outcome = command("claims.py", "size=smoke", "only=1", "trainer=cpu", "seed=range(3)", "out=here")
    assert outcome.status == 0, outcome.err
    markdown = (Path("here") / "smoke" / "claims.md").read_text()
    assert claim(1).sentence in markdown and "**Verdict: not supported.**" in markdown


@pytest.mark.parametrize("wrong", ["size=huge", "only=99", "surprise"])
def test_a_mistake_is_one_line(command, wrong):
    outcome = command("claims.py", "size=smoke", wrong)
    assert outcome.status == 2
    assert wrong.partition("=")[2] in outcome.line
