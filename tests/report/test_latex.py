"""The tables for a paper: their source, and what LaTeX says of it on the columns of a two-column page."""

import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from narrows import report
from narrows.report.tables.latex import latex
from narrows.report.tables.latex_text import SIGNS, SPECIAL, escaped
from narrows.stats import grid as grids
from support.made_up_study import ACTIVATION, BOTTLENECK, GRID, make, noisy

SEEDS = {"seed": [0, 1, 2]}
ACTIVATIONS = ["relu", "leaky_relu", "elu", "selu", "gelu", "gelu_tanh", "silu", "mish", "tanh", "sigmoid", "identity"]
FRECHET = {"generation_prior_frechet": lambda levels: 100 + 1000 * abs(noisy(levels))}
PROBE = {"probe": lambda levels: 0.9 + noisy(levels) / 10}

#: Studies by name: axes, and the other arguments of `make`.
STUDIES: dict[str, tuple[dict, dict]] = {
    "seeds": (SEEDS, {}),
    "one_factor": (
        {BOTTLENECK: [2, 4, 8, 16]} | SEEDS,
        {"more": PROBE | FRECHET, "metrics": ["test/probe_error", "test/mse", "test/generation_prior_frechet"]},
    ),
    "two_factors": (GRID, {"status": {3: "failed", 5: "missing"}}),
    "many_levels": ({BOTTLENECK: [1, 2, 3, 4, 8, 16, 32, 64, 128], ACTIVATION: ACTIVATIONS} | SEEDS, {}),
    "three_factors": ({BOTTLENECK: [2, 4, 8], ACTIVATION: ["relu", "gelu"], "objective": ["mse", "bce"]} | SEEDS, {}),
    "odd_names": ({ACTIVATION: ["50 % & more_of_{it}", "#1 ~ $2^3\\4"]} | SEEDS, {"name": "a_b & {c} %d"}),
    "long_labels": (
        {
            ACTIVATION: [
                "salt-and-pepper noise, level of the corruption 0.25",
                "another one, as long as the first one is",
            ]
        }
        | SEEDS,
        {"more": PROBE, "metrics": ["test/mse", "test/probe_error"]},
    ),
    "one_seed": ({ACTIVATION: ["a level with a rather long name of many words", "b"]}, {}),
}
DOCUMENT = r"""\documentclass[10pt,twocolumn]{article}
\usepackage[letterpaper,textwidth=6.9in,columnsep=0.3in,textheight=9in]{geometry}
\usepackage[T1]{fontenc}
\usepackage{array,booktabs,siunitx,graphicx}
\begin{document}
%s
\end{document}
"""


def source(folder: Path, name: str) -> str:
    axes, more = STUDIES[name]
    return latex(grids.read(make(folder / name, axes, noisy, **more)))


def compiled(folder: Path, body: str) -> str:
    """The log of pdflatex for a document with this body."""
    (folder / "paper.tex").write_text(DOCUMENT % body)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
    return (folder / "paper.log").read_text(errors="replace")


def complaints(log: str) -> list[str]:
    return [
        line for line in log.splitlines() if line.startswith("!") or re.match(r"Overfull|LaTeX Warning: Float", line)
    ]


needs_latex = pytest.mark.skipif(not shutil.which("pdflatex"), reason="no pdflatex")


@needs_latex
@pytest.mark.slow
def test_all_tables_fit_the_columns_of_a_page(tmp_path):
    assert complaints(compiled(tmp_path, "\n".join(source(tmp_path, name) for name in STUDIES))) == []


@needs_latex
@pytest.mark.slow
def test_the_files_of_a_report_go_into_a_paper(tmp_path):
    axes, more = STUDIES["one_factor"]
    folder = report.write(make(tmp_path / "study", axes, noisy, **more)).page.parent
    figures = sorted((folder / "figures").glob("*.pdf"))
    pictures = [rf"\begin{{figure*}}\includegraphics{{{figure}}}\end{{figure*}}" for figure in figures]
    assert figures
    assert complaints(compiled(tmp_path, (folder / "table.tex").read_text() + "\n".join(pictures))) == []


def test_two_factors_stand_in_a_column_and_three_across_the_page(tmp_path):
    assert r"\begin{table}" in source(tmp_path, "two_factors")
    assert r"\begin{table*}" in source(tmp_path, "three_factors")


def test_n_stands_in_the_caption_and_the_dagger_where_runs_are_missing(tmp_path):
    text = source(tmp_path, "two_factors")
    assert "n = 3 to 4 seeds" in text and "(3)" not in text
    assert text.count(r"\rlap{$^\dagger$}") == 2 and r"$^\dagger$: runs are missing" in text
    assert "dagger" not in source(tmp_path, "one_factor")


def test_a_column_has_one_precision(tmp_path):
    rows = re.findall(
        r"^\d+ & (?:\\bfseries )?([\d.]+) & (?:\\bfseries )?([\d.]+) &", source(tmp_path, "one_factor"), re.M
    )
    assert len({tuple(len(number.partition(".")[2]) for number in row) for row in rows}) == 1


def test_a_table_too_wide_for_a_column_is_cut_into_blocks(tmp_path):
    text = source(tmp_path, "many_levels")
    assert 1 < text.count(r"\begin{tabular}") < 5
    assert text.count(r"\begin{table}") == 1


def test_a_table_that_is_turned_has_the_reference_in_its_last_row(tmp_path):
    """With the decimals of its columns, and as each block has it."""
    lines = source(tmp_path, "many_levels").splitlines()
    ends = [line for line, following in pairwise(lines) if following == r"\bottomrule"]
    assert len(ends) > 1 and all(line.startswith("PCA & ") for line in ends)
    heads = [line for line in lines if line.startswith("activation & ")]
    assert [line.count("&") for line in ends] == [line.count("&") for line in heads]


def test_a_reference_stands_in_the_block_of_its_quantity(tmp_path):
    metrics = ["test/probe_error", "test/neighbours_error", "test/mse"]
    more = dict.fromkeys(("probe", "probe_pca", "neighbours", "neighbours_pca"), PROBE["probe"])
    axes = {ACTIVATION: ["a level with a rather long name", "b"]} | SEEDS
    text = latex(grids.read(make(tmp_path, axes, noisy, more=more, metrics=metrics)))
    heads = [line for line in text.splitlines() if line.startswith("activation &")]
    assert len(heads) > 1 and [head.count("PCA") for head in heads] == [
        head.count("erro") + head.count("MSE") for head in heads
    ]


def test_the_label_is_the_studys(tmp_path):
    assert r"\label{tab:made_up}" in latex(grids.read(make(tmp_path / "a", GRID, noisy)))
    assert r"\label{tab:mine}" in latex(grids.read(make(tmp_path / "b", GRID, noisy, label="tab:mine")))
    assert r"\label{tab:a_b-c-d}" in source(tmp_path, "odd_names")


def test_signs_that_mean_something_to_latex_are_escaped():
    assert escaped(r"50 % of a_b & {c} \ ~ ^ # $") == (
        r"50 \% of a\_b \& \{c\} \textbackslash{} \textasciitilde{} \textasciicircum{} \# \$"
    )


def test_signs_beyond_ascii_are_printed_or_replaced():
    assert escaped("10⁻³ x² ± é λ Ω µ ≤ ά x₁₂") == (
        r"$10^{-3}$ x$^{2}$ $\pm$ é $\lambda$ $\Omega$ $\mu$ $\leq$ $\alpha$ x$_{12}$"
    )
    assert escaped("ﬁ ％ ⅓ ẋ h\u200bi 数") == r"fi \% 1/3 x hi ?"


@needs_latex
@pytest.mark.slow
def test_any_text_goes_through_latex(tmp_path):
    """All characters of the plane that the writing systems in use stand in."""
    characters = [chr(code) for code in range(0xA0, 0x10000) if not 0xD800 <= code < 0xE000]
    words = [*SIGNS, *SPECIAL, *(f"a{character}b" for character in characters)]
    sources = dict.fromkeys(map(escaped, words))
    assert [line for line in compiled(tmp_path, "\n\n".join(sources)).splitlines() if line.startswith("!")] == []


@needs_latex
@pytest.mark.slow
def test_methods_and_settings_fit_a_column(tmp_path):
    """Of a study with a whole config, recorded by version 0.1.0."""
    recorded = Path(__file__).parents[1] / "fixtures/version-0.1.0/small"
    page = report.write(Path(shutil.copytree(recorded, tmp_path / "study")), out=tmp_path / "report").page
    assert complaints(compiled(tmp_path, page.with_name("methods.tex").read_text())) == []
