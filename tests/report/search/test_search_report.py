"""The report of a made-up search: its answer, command, table and figures, and what did not finish."""

import shlex
import sys

import pandas as pd
import pytest

from narrows import report
from narrows.errors import UserError
from narrows.report.search import search_sentences, search_tables
from narrows.runs import study
from narrows.stats import grid
from narrows.stats.trials import trials_of
from support.made_up_search import ACTIVATION, BOTTLENECK, RATE, best, error, make, trial


def trials(folder):
    return trials_of(grid.read(folder))


def written(folder):
    return report.write(folder).text, (folder / "report" / "report.html").read_text()


def test_the_answer_is_the_best_trial_with_its_levels_and_errors(tmp_path):
    first, _ = search_sentences.sentences(trials(make(tmp_path / "mine", 12)))
    levels = trial(best(12))
    named = f"bottleneck {levels[BOTTLENECK]}, activation {levels[ACTIVATION]} and lr {float(f'{levels[RATE]:.3g}'):g}"
    assert first.startswith(f"The best of 12 trials has {named}: validation MSE {1000 * error(levels):.2f} × 10⁻³.")
    assert f"Its test MSE is {1500 * error(levels):.2f} × 10⁻³, scored once" in first
    assert first.endswith("not used for the choice.")


def test_the_command_trains_the_levels_of_the_best_trial_to_the_last_digit(tmp_path):
    arguments = shlex.split(search_sentences.command(trials(make(tmp_path / "mine", 12))))
    assert arguments[:3] == ["narrows", "train", "data=mnist5k"]
    levels = dict(argument.split("=") for argument in arguments[3:])
    assert {key: type(value)(levels[key]) for key, value in trial(best(12)).items()} == trial(best(12))


def test_levels_that_are_no_numbers_or_words_are_typed_as_json(tmp_path):
    folder = make(tmp_path / "mine", 1)
    levels = {"model.widths": [64, 32], "model.tied": True, "trainer.patience": None}
    axes = {key: [level] for key, level in levels.items()}
    study.write(study.read(folder).model_copy(update={"axes": axes, "runs": {"0": levels}}), folder)
    arguments = shlex.split(search_sentences.command(trials(folder)))
    assert arguments[3:] == ["model.widths=[64, 32]", "model.tied=true", "trainer.patience=null"]


def test_the_table_holds_the_ten_best_trials_in_their_order(tmp_path):
    table = search_tables.best_trials(trials(make(tmp_path / "mine", 25)))
    order = sorted(range(25), key=lambda number: error(trial(number)))[:10]
    assert list(table["folder"]) == [str(number) for number in order]
    assert list(table["rank"]) == list(range(1, 11))
    assert len({len(text.partition(".")[2]) for text in table["validation MSE (10⁻³)"]}) == 1


def test_the_report_has_the_figures_of_a_search_and_no_comparisons(tmp_path):
    text, page = written(make(tmp_path / "mine", 12))
    figures = {path.stem for path in (tmp_path / "mine" / "report" / "figures").glob("*.pdf")}
    assert figures == {"history", "slices", "importance"}
    assert "The figure “best_images” is left out: run" in page  # a made-up trial has no checkpoint
    assert "Differences from the baseline" not in page
    assert "Trials that did not finish" not in page
    assert text.startswith("The best of 12 trials")
    runs = pd.read_csv(tmp_path / "mine" / "report" / "runs.csv")
    assert list(runs["run"]) == list(range(12))
    assert r"\label{tab:mine}" in (tmp_path / "mine" / "report" / "table.tex").read_text()


def test_trials_that_did_not_finish_are_told(tmp_path):
    folder = make(tmp_path / "mine", 12, {3: "failed", 4: "interrupted", 5: "failed"}, trials=20)
    text, page = written(folder)
    assert "3 of 12 trials did not finish: 2 failed and 1 interrupted." in text
    assert "The search ended after 12 of 20 trials." in text
    assert "Trials that did not finish" in page
    assert "the loss became nan" in page


def test_a_search_without_a_finished_trial_has_a_report(tmp_path):
    text, page = written(make(tmp_path / "mine", 2, {0: "failed", 1: "missing"}))
    assert text.startswith("There is no answer yet: none of the 2 trials finished.")
    assert "the loss became nan" in page


def test_one_finished_trial_has_a_report(tmp_path):
    text, _ = written(make(tmp_path / "mine", 1))
    assert text.startswith("The only finished trial: validation MSE")


def test_earlier_trials_of_a_continued_search_are_told(tmp_path):
    text, _ = written(make(tmp_path / "mine", 3, earlier=12, earlier_best=0.0123))
    assert "continues one of 12 trials, which are in other folders; the best of them has validation MSE 12.30" in text


def test_importance_is_left_out_with_a_note_without_optuna(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    _, page = written(make(tmp_path / "mine", 12))
    assert "The figure “importance” is left out: it needs Optuna" in page


def test_a_search_is_not_joined_with_another(tmp_path):
    folders = [make(tmp_path / name, 2) for name in ("one", "two")]
    with pytest.raises(UserError, match="one: holds a search"):
        report.write(*folders, out=tmp_path / "both")


@pytest.mark.parametrize("width", ["column", "slide"])
def test_the_figures_of_a_search_are_drawn_at_each_width(tmp_path, width):
    folder = make(tmp_path / "mine", 12)
    report.write(folder, width=width)
    assert (folder / "report" / "figures" / "slices.pdf").is_file()
