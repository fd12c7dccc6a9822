"""Claims: what their studies leave becomes numbers, numbers become verdicts, and every verdict can come out."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from pandas import DataFrame

from narrows.claims import CLAIMS
from narrows.claims import activation_matters as activations
from narrows.claims import beats_pca as pca
from narrows.claims import depth_improves as architecture
from narrows.claims import fits_any_data as own_data
from narrows.claims import init_stabilises as stability
from narrows.claims import width_memorises as memorisation
from narrows.claims.engine import claims_page as page
from narrows.claims.engine import formatting as text
from narrows.claims.engine import loss_rates as lost
from narrows.claims.engine import measure, published
from narrows.claims.engine import run_studies as conduct
from narrows.claims.engine.claim import claim
from narrows.runs import record
from narrows.stats import grid as table
from narrows.stats.factors import BOTTLENECK
from support import made_up_numbers as made_up
from support import made_up_study
from support.configs import CONF, REPOSITORY

NONE = "no difference shown"


@pytest.mark.parametrize("number", CLAIMS)
def test_a_claim_is_a_sentence_with_studies_of_its_own_and_a_rule(number):
    found = claim(number)
    assert found.number == number
    assert found.sentence.endswith(".") and found.protocol.endswith(".") and found.legend.endswith(".")
    assert all((CONF / "study" / "claims" / f"{name}.yaml").is_file() for name in found.studies)
    assert all(word in found.rule for word in ("supported", "not supported", "mixed"))


def test_every_study_of_the_claims_is_asked_for_by_one():
    asked = {name for number in CLAIMS for name in claim(number).studies}
    assert asked == {path.stem for path in (CONF / "study" / "claims").glob("*.yaml")}


# --- the rules


def against_pca(**said: list[str]) -> dict:
    rows = {(2**i, kind): (-1.0, word) for kind, words in said.items() for i, word in enumerate(words)}
    return {"gaps": made_up.differences([BOTTLENECK, "model"], rows).assign(after="20 epochs")}


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
    assert sentence.startswith("After 20 epochs the error lies below PCA's in 3 of 4 cases of kind and bottleneck (")
    assert "(deep at 1; conv at 1, 2); the error lies above PCA's in 1 of 4" in sentence
    assert sentence.endswith("cases of kind and bottleneck (deep at 2).")


def on_data(**said: list[str]) -> dict:
    rows = {(name, 2**i): (-1.0, word) for name, words in said.items() for i, word in enumerate(words)}
    return {"gaps": made_up.differences([own_data.DATA, BOTTLENECK], rows)}


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"table": ["lower"] * 2, "texts": ["lower"] * 2}, "supported"),
        ({"table": ["lower", "higher"], "texts": [NONE, "lower"]}, "not supported"),
        ({"table": ["lower"] * 2, "texts": ["lower", NONE]}, "mixed"),
    ],
)
def test_any_data(said, word):
    assert own_data.judge(on_data(**said)).word == word


def test_any_data_says_which():
    sentence = own_data.judge(on_data(table=["lower", "lower"], texts=["lower", "higher"])).conditions
    assert "on 1 of 2 data sets (table); above it at some bottleneck on 1 (texts)." in sentence


def test_any_data_is_told_as_shares_of_pcas_error():
    errors = made_up.means([own_data.DATA, BOTTLENECK], {("table", 2): 67.0, ("images", 8): 113.3, ("texts", 2): 90.0})
    assert own_data.headline({"errors": errors}) == (
        "67.00 ± 0.10 % of PCA's error (table, bottleneck 2, n = 3); "
        "113.30 ± 0.10 % of PCA's error (images, bottleneck 8, n = 3)"
    )


def memory(detail: str, excess: dict[int, str], foreign: list[str], near: tuple[str, str] = (NONE, NONE)) -> dict:
    """Signs at two bottlenecks and so many images; `near` is what is said of the widest code against 1 and PCA's."""
    train, code = memorisation.TRAIN, BOTTLENECK

    def signs(quantities: list[measure.Quantity]) -> DataFrame:
        found = itertools.product(excess, (2, 128), [quantity.label for quantity in quantities])
        return made_up.means([train, code, "quantity"], dict.fromkeys(found, 0.25))

    return {
        "errors": signs(memorisation.ERRORS),
        "signs": signs(memorisation.SIGNS),
        "detail": made_up.differences([train, code], {(size, 2): (9.0, detail) for size in excess}),
        "overfit": made_up.differences(
            [train, code], {(size, k): (1.0, "higher") for size in excess for k in (2, 128)}
        ),
        "excess": made_up.differences([train, code], {(size, 128): (1.0, said) for size, said in excess.items()}),
        "near": made_up.differences(
            [train, memorisation.AGAINST],
            {(size, what): (-0.1, said) for size in excess for what, said in zip(("1", "PCA"), near, strict=True)},
        ),
        "copying": made_up.differences(["images"], {(str(i),): (1.0, said) for i, said in enumerate(foreign)}),
    }


STORED = ("lower", "lower")


@pytest.mark.parametrize(
    ("numbers", "word"),
    [
        (memory("higher", {100: "higher", 9000: "higher"}, ["higher"], STORED), "supported"),  # memorises
        (memory("higher", {100: NONE, 9000: NONE}, ["lower", "lower"]), "supported"),  # copies
        (memory("higher", {100: "higher", 9000: NONE}, ["lower", "higher"], STORED), "mixed"),  # it fades
        (
            memory("higher", {100: "higher", 9000: "higher"}, ["higher"], ("lower", NONE)),
            "mixed",
        ),  # no nearer than by PCA
        (memory(NONE, {100: NONE, 9000: NONE}, ["lower"]), "mixed"),
        (memory("lower", {100: NONE, 9000: NONE}, ["higher"]), "not supported"),
    ],
)
def test_detail_and_memory(numbers, word):
    assert memorisation.judge(numbers).word == word


def test_memory_says_with_how_many_images():
    numbers = memory("higher", {100: "higher", 9000: "lower"}, ["lower", "higher"], STORED)
    sentence = memorisation.judge(numbers).conditions
    assert "With 100 training images it overfits at every width" in sentence and "does so more." in sentence
    assert "with which the gap widens with the code: 100; narrows: 9,000;" in sentence
    assert "the widest code memorises: 100." in sentence and "1 of 2 foreign kinds" in sentence


def test_a_gap_that_does_not_widen_is_still_said_to_be_there():
    sentence = memorisation.judge(memory("higher", {100: NONE, 9000: NONE}, ["higher"], STORED)).conditions
    assert "it overfits at every width (gap beyond PCA's 0.25 ± 0.10 (n = 3) × 10⁻³ at the widest); that" in sentence
    assert "that a wider code does so more is not shown." in sentence and "memorises: none." in sentence
    assert "widest are nearer to training images" in sentence


def test_attractors_are_stored_images_too():
    numbers = memory("higher", {100: "higher", 9000: "higher"}, ["higher"])
    numbers["signs"].loc[numbers["signs"]["quantity"] == memorisation.ATTRACTORS.label, "mean"] = 0.75
    assert memorisation.judge(numbers).word == "supported"


def under(features: int, smooth: int) -> dict:
    """Eight activations, of which so many change features and smoothness, and identity, which does not count."""
    kinds = ["identity", *"abcdefgh"]
    rows = {
        name: {(kind,): (1.0, "lower" if place <= count else NONE) for place, kind in enumerate(kinds)}
        for name, count in {"features": features, "smoothness": smooth}.items()
    }
    return {
        name: made_up.differences([activations.ACTIVATION], found).assign(after="20 epochs")
        for name, found in rows.items()
    }


@pytest.mark.parametrize(
    ("features", "smooth", "word"), [(2, 8, "supported"), (1, 2, "mixed"), (3, 0, "mixed"), (1, 0, "not supported")]
)
def test_activations_that_matter(features, smooth, word):
    assert activations.judge(under(features, smooth)).word == word


def effects(share: float = 0.0, **said: str) -> dict:
    rows = {name: {(8, "x", "y"): (1.0, said.get(name, NONE))} for name in stability.EFFECTS}
    keys = [stability.DEPTH, stability.NORM, stability.INIT]
    cells = {"cells": made_up.means(keys, {(8, "x", "y"): share, (2, "x", "y"): share})}
    return {name: made_up.differences(keys, row) for name, row in rows.items()} | cells


def test_effects_say_where_and_how():
    sentence = stability.judge(effects(speed_norm="lower", share=0.5)).conditions
    assert "initialisation changes speed in 0 of 1 comparisons;" in sentence
    assert "normalisation changes speed in 1 of 1 comparisons (8 hidden layers: fewer with x);" in sentence
    assert sentence.endswith("Of 6 runs 3 were lost.")


@pytest.mark.parametrize(
    ("count", "n", "words"),
    [(0, 3, "0 of 3 (0 to 0.56)"), (1, 3, "1 of 3 (0.06 to 0.79)"), (9, 9, "9 of 9 (0.7 to 1)")],
)
def test_a_share_of_few_runs_has_wilsons_interval(count, n, words):
    assert lost.in_words(count, n) == words


@pytest.mark.parametrize(
    ("numbers", "word"),
    [
        (effects(**dict.fromkeys(stability.EFFECTS, "lower")), "supported"),
        (effects(speed_norm="lower"), "mixed"),
        (effects(), "not supported"),
        (effects(share=1.0), "open"),
    ],
)
def test_stability_and_speed(numbers, word):
    assert stability.judge(numbers).word == word


def arms(weights: float, epochs: float = 20, **said: str) -> dict:
    errors = {(arm, measure.MSE.label): 50.0 for arm in ("plain", *said, "PCA")}
    counts = {(arm, "weights"): 1000.0 for arm in ("plain", *said)} | {("conv", "weights"): weights}
    lengths = {(arm, "epochs"): 20.0 for arm in ("plain", *said)} | {("stacked", "epochs"): epochs}
    return {
        "means": made_up.means(["arm", "quantity"], errors | counts | lengths),
        "gains": made_up.differences(["arm"], {(arm,): (-1.0, word) for arm, word in said.items()}),
    }


@pytest.mark.parametrize(
    ("numbers", "word"),
    [
        (arms(1040, deep="lower", stacked="lower", conv="lower"), "supported"),
        (arms(1040, deep="higher", stacked=NONE, conv="lower"), "mixed"),
        (arms(1040, deep="higher", stacked=NONE, conv="higher"), "not supported"),
        (arms(1060, deep="lower", stacked="lower", conv="lower"), "open"),
        (arms(1040, 12, deep="lower", stacked="lower", conv="lower"), "open"),
    ],
)
def test_architectures(numbers, word):
    assert architecture.judge(numbers).word == word


def test_architectures_are_told_with_their_epochs_and_pca():
    numbers = arms(1000, deep="higher", stacked=NONE, conv="lower")
    sentence = architecture.judge(numbers).conditions
    assert sentence.startswith("After 20 epochs, ") and "PCA, which needs no epochs, has 50 × 10⁻³." in sentence
    assert architecture.headline(numbers).endswith("n = 3, after 20 epochs")


def test_epochs_of_pretraining_count_for_each_pair_of_layers():
    assert architecture._epochs([36, 32, 24], 12, 2) == 20
    assert architecture._epochs([38], 20, float("nan")) == architecture._epochs(None, 20, float("nan")) == 20


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


AXES = {
    "memorisation": {BOTTLENECK: [2, 16, 128], memorisation.TRAIN: [100, 10000], "seed": [0, 1, 2]},
    "activations": {activations.ACTIVATION: ["relu", "tanh", "identity"], "seed": [0, 1, 2]},
    "stability": {
        stability.WIDTHS: [[8, 8], [8, 8, 8, 8]],
        stability.INIT: ["default", "kaiming"],
        stability.NORM: ["none", "batch"],
        "seed": [0, 1, 2],
    },
}
METRICS = {
    "memorisation": ["gap", "gap_pca", "nearest", "nearest_pca", "radius", "attractors"]
    + [f"mse_{kind}{end}" for kind in memorisation.FOREIGN for end in ("", "_pca")],
    "activations": ["probe", "dead_units", "path_length", "path_peak", "jacobian_norm"],
    "stability": [],
}


@pytest.mark.parametrize("name", AXES)
def test_what_a_study_leaves_becomes_a_section(name, tmp_path):
    """From made-up records of the axes and metrics that the study has, to tables, a verdict and a figure."""
    made_up_study.make(tmp_path / name, AXES[name], made_up_study.noisy, {0: "failed"} if name == "stability" else {})
    for folder in (tmp_path / name).glob("run*"):
        entry = record.read(folder)
        draw = np.random.default_rng(made_up_study._key(entry.metrics | {"run": folder.name}))
        entry.metrics |= {f"test/{metric}": float(draw.uniform(0.1, 1)) for metric in METRICS[name]}
        entry.config["trainer"] = {"max_epochs": 10}
        record.write(entry, folder)
    number = next(number for number in CLAIMS if claim(number).name == name)
    found = page.section(claim(number), tmp_path, tmp_path)
    assert found.verdict.word != "open" and found.verdict.conditions.endswith(".")
    assert found.headline and (tmp_path / f"{name}.png").is_file()
    assert found.tables.keys() == set(found.claim.captions.values())


def test_a_run_that_failed_or_learned_the_mean_image_is_lost(tmp_path):
    """Runs without norm fail or stay at the mean image, the others reach PCA's error between epochs 1 and 2."""

    def score(levels: dict) -> float:
        return 0.066 if levels[stability.NORM] == "none" else 0.02

    axes = AXES["stability"] | {"seed": [0, 1, 2, 3, 4]}
    made_up_study.make(tmp_path / "stability", axes, score, {0: "failed", 1: "failed"})
    for folder in (tmp_path / "stability").glob("run*"):
        entry = record.read(folder)
        entry.config["trainer"] = {"max_epochs": 10}
        entry.curves = {"val/loss": [0.066, 0.03 if entry.metrics.get("test/mse") == 0.02 else 0.066]}
        record.write(entry, folder)
    numbers = stability.measure({"stability": table.read(tmp_path / "stability")})
    cells = numbers["cells"].groupby(stability.NORM)[["mean", "epochs"]].mean()
    assert (cells["mean"]["none"], cells["mean"]["batch"]) == (1, 0)
    assert cells["epochs"]["batch"] == pytest.approx(1 + (0.066 - 0.04) / (0.066 - 0.03))
    never = numbers["cells"][numbers["cells"][stability.NORM] == "none"]
    assert set(never[stability.EPOCHS]) == {"> 10 (5 of 5 never)"}
    assert set(never[lost.RUNS]) == {"5 of 5 (0.57 to 1)"}
    assert set(numbers["speed_init"][stability.NORM]) == {"batch"}  # two bounds have no difference
    assert set(numbers["lost_norm"]["verdict"]) == {"lower"}
    assert "normalisation changes stability in 2 of 2" in stability.judge(numbers).conditions


def test_what_has_no_spread_has_no_interval_and_minus_is_one_sign():
    found = made_up.means(["way"], {("PCA",): -4.2}, half=0.0)
    assert text.shown(found)["mean"].tolist() == ["−4.200 (3)"]
    gap = made_up.differences(["way"], {("PCA",): (-4.2, "lower")}).assign(holm=0.0501)
    assert text.shown(gap).iloc[0].tolist() == ["PCA", "−4.20 ± 0.10 (−8.4%)", "3", "0.0501", "lower"]


# --- the page


def test_a_long_table_of_differences_is_a_wide_one():
    rows = {(kind, level, against): (1.0, "higher") for kind in "abc" for level in range(3) for against in "wxyz"}
    found = text.shown(made_up.differences(["kind", "level", "against"], rows))
    assert list(found.columns) == ["kind", "level", *"wxyz"] and len(found) == 9
    assert found["w"].iloc[0] == "1.00 ± 0.10 (+2.0%) (3), p 0.02"


def test_baselines_stand_beside_numbers_of_reference(grid):
    errors = made_up.means([BOTTLENECK, "model"], {(2, "PCA"): 55.7, (2, "deep"): 48.0, (3, "PCA"): 50.0}, half=0)
    found = published.beside({"pca": {"errors": errors}, "anomaly": {}}, {"pca_linear": grid})
    assert found["baseline"].tolist() == ["PCA-2: test MSE × 10⁻³"]
    assert found[["reference", "here"]].iloc[0].tolist() == ["55.67", "55.70"]
    assert published.beside({}, {}).empty


def test_a_claim_without_its_runs_is_open(tmp_path):
    found = page.section(claim(1), tmp_path, tmp_path)
    assert found.verdict.word == "open"
    assert "pca_linear, pca_mlp, pca_conv" in found.verdict.conditions


def test_what_is_published_is_the_page_and_a_table_in_the_readme(tmp_path):
    readme, (out, figures) = tmp_path / "README.md", (tmp_path / "out", tmp_path / "out" / "figures")
    figures.mkdir(parents=True)
    (figures / "pca.png").touch()
    (figures / "pca.pdf").touch()
    sections = page.write([claim(1)], tmp_path / "nothing", out, "narrows claims")
    for _ in range(2):  # the second time in the place of the first
        readme.write_text(f"before\n{conduct.MARKS[0]}\nan old table\n{conduct.MARKS[1]}\nafter\n")
        conduct.publish(sections, out, tmp_path)
    assert readme.read_text().startswith("before\n") and readme.read_text().endswith("\nafter\n")
    assert "an old table" not in readme.read_text() and claim(1).sentence in readme.read_text()
    assert [path.name for path in sorted((tmp_path / "docs" / "claims").rglob("*.*"))] == ["README.md", "pca.png"]


def test_the_readme_has_a_place_for_the_table():
    text = (REPOSITORY / "README.md").read_text()
    assert 0 < text.index(conduct.MARKS[0]) < text.index(conduct.MARKS[1])


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
