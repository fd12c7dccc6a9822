"""A paper of the ledger, from made-up runs whose answer is known."""

import pytest

from narrows.config.published_section import Published
from narrows.published import figure
from narrows.published.archive import trained
from narrows.published.ledger_page import ledger, write
from narrows.published.measurement import measurement
from narrows.published.order import Order, order, sentence
from narrows.published.paper import Paper
from narrows.published.verdict import BETTER, NOT_RUN, REPRODUCED, UNDERSPECIFIED, WORSE
from narrows.stats.grid import read
from support import made_up_study

BOTTLENECK, ACTIVATION = made_up_study.BOTTLENECK, made_up_study.ACTIVATION
AXES = {BOTTLENECK: [2, 4], ACTIVATION: ["relu", "elu"], "seed": list(range(5))}


def score(levels: dict) -> float:
    """0.04 at bottleneck 2 and 0.02 at 4, tenfold for elu; seeds vary by 1 %."""
    mean = 0.08 / levels[BOTTLENECK] * (10 if levels[ACTIVATION] == "elu" else 1)
    return mean * (1 + 0.01 * (levels["seed"] - 2))


def number(value: float, **more: object) -> dict:
    return {"label": "a number", "quantity": "test/mse", "value": value, "grade": "A", "source": "table 1"} | more


def published(numbers: dict, **more: object) -> Published:
    fields = {"paper": "Someone 2000", "reference": "A journal", "protocol": "As usual.", "numbers": numbers}
    return Published.model_validate(fields | more)


@pytest.fixture
def grid(tmp_path):
    return read(made_up_study.make(tmp_path / "study", AXES, score))


RELU = {ACTIVATION: "relu"}


def test_a_number_is_measured_at_its_levels(grid):
    section = published({"two": number(0.04, at={BOTTLENECK: 2, **RELU}), "relu": number(0.03, at=RELU)})
    two, relu = (measurement(grid, section.numbers, name) for name in section.numbers)
    assert (two.n, two.mean) == (5, pytest.approx(0.04))
    assert (relu.n, relu.mean) == (5, pytest.approx(0.03))  # the mean over bottlenecks, seed by seed


def test_a_number_in_another_unit_and_a_ratio(grid):
    section = published(
        {
            "sse": number(31.4, factor=784, at={BOTTLENECK: 2, **RELU}),
            "ratio": number(10, over="relu", at={BOTTLENECK: 2, ACTIVATION: "elu"}),
            "relu": number(0.04, at={BOTTLENECK: 2, **RELU}),
        }
    )
    assert measurement(grid, section.numbers, "sse").mean == pytest.approx(784 * 0.04)
    ratio = measurement(grid, section.numbers, "ratio")
    assert (ratio.n, ratio.mean) == (5, pytest.approx(10))
    assert ratio.low < 10 < ratio.high


def test_a_level_that_is_no_axis_is_looked_up_in_the_runs(tmp_path):
    folder = made_up_study.make(tmp_path, {"seed": [0, 1, 2]}, lambda _: 0.5, fixed={"optimizer.lr": 0.001})
    section = published({"rate": number(0.5, at={"optimizer.lr": 0.001}), "other": number(0.5, at={"optimizer.lr": 1})})
    assert [measurement(read(folder), section.numbers, name).n for name in section.numbers] == [3, 0]


def test_a_seed_that_lacks_a_run_is_not_averaged(tmp_path):
    grid = read(made_up_study.make(tmp_path, AXES, score, status={0: "failed"}))
    section = published({"relu": number(0.03, at=RELU)})
    assert measurement(grid, section.numbers, "relu").n == 4


def test_verdicts_in_full_and_only_the_order_in_a_cut_protocol(grid):
    section = published(
        {
            "same": number(0.04, at={BOTTLENECK: 2, **RELU}),
            "beaten": number(0.03, at={BOTTLENECK: 4, **RELU}),
            "missed": number(0.3, at={BOTTLENECK: 2, ACTIVATION: "elu"}),
            "absent": number(0.3, at={BOTTLENECK: 64}),
            "surpassed": number(0.3, better="higher", at={BOTTLENECK: 2, ACTIVATION: "elu"}),
        }
    )
    full = [Paper("name", section, "full", grid).verdict(name) for name in section.numbers]
    assert full == [REPRODUCED, BETTER, WORSE, NOT_RUN, BETTER]
    quick = Paper("name", section, "quick", grid)
    assert [quick.verdict(name) for name in list(section.numbers)[:3]] == ["order only"] * 3
    assert (
        Paper("name", section, "full", None, "about 3 hours, 5 hours of computing; 2 minutes on a GPU").verdict("same")
        == "not run here: about 3 hours"
    )


def test_readings_of_what_a_paper_leaves_open(grid):
    section = published({"two": number(0.04, at={BOTTLENECK: 2})}, readings=ACTIVATION)
    paper = Paper("name", section, "full", grid)
    assert paper.verdict("two") == UNDERSPECIFIED
    assert paper.readings["reading"].tolist() == ["relu", "elu"]
    assert paper.readings["verdict"].tolist() == [REPRODUCED, WORSE]
    assert " or " in paper.rows[0]["here"]


def test_the_figure_has_a_point_for_each_reading_not_their_mean(grid):
    section = published({"two": number(0.04, at={BOTTLENECK: 2})}, readings=ACTIVATION)
    (axes,) = figure.draw(section.numbers, Paper("name", section, "full", grid).measured).axes
    centres = [container.lines[0].get_xdata()[0] for container in axes.containers]
    assert centres == [pytest.approx(0, abs=1e-9), pytest.approx(900)]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["relu", "elu"]


def test_the_order_of_published_numbers(grid):
    four, two, elu = {BOTTLENECK: 4, **RELU}, {BOTTLENECK: 2, **RELU}, {BOTTLENECK: 4, ACTIVATION: "elu"}
    numbers = [number(1, at=four), number(2, at=two), number(1.5, at=elu), number(9, at=two, factor=784)]
    section = published({str(i): one for i, one in enumerate(numbers)})
    found = order(grid, section.numbers.values())
    assert found == Order(same=2, reversed=1)
    assert found.text == "2 of 3 pairs in the published order, 1 reversed"
    assert Order(1).text == "1 of 1 pair in the published order"
    assert Order().text == ""


def test_numbers_are_printed_as_the_paper_prints_them(grid):
    section = published({"a": number(3.0, tolerance=0.005), "b": number(93.16, spread=0.3), "c": number(97.1)})
    rows = Paper("name", section, "full", grid).rows
    assert [row["published"] for row in rows] == ["3.00", "93.16 ± 0.30", "97.10"]


def test_the_page_has_every_paper_whether_it_was_run_or_not(tmp_path, monkeypatch):
    section = published(
        {"two": number(0.04, at={BOTTLENECK: 2, **RELU}), "four": number(0.02, at={BOTTLENECK: 4, **RELU})}
    )
    monkeypatch.setattr("narrows.published.ledger_page.papers", lambda: {"one": section, "two": section})
    runs = {"one": trained(made_up_study.make(tmp_path / "one", AXES, score)), "two": trained(tmp_path / "two")}
    (tmp_path / "out").mkdir()
    pages = write(runs, tmp_path / "out", "full", lambda name: f"about an hour for {name}", "narrows published")
    assert ledger(pages)["verdict"].tolist() == [REPRODUCED] * 2 + ["not run here: about an hour for two"] * 2
    text = (tmp_path / "out" / "published.md").read_text()
    assert "Of 4 numbers from 2 files, 2 are reproduced and 2 are not run here." in text
    assert "Not run here: about an hour for two" in text
    assert "1 of 1 pair in the published order" in text
    assert "(figures/one.png)" in text and (tmp_path / "out" / "figures" / "one-curves.png").is_file()
    html = (tmp_path / "out" / "published.html").read_text()
    assert html.count("<img") == 2
    assert len((tmp_path / "out" / "numbers.csv").read_text().splitlines()) == 5


def test_numbers_that_every_seed_gives_are_in_the_order_of_their_values(tmp_path):
    grid = read(made_up_study.make(tmp_path, AXES, lambda levels: 0.08 / levels[BOTTLENECK]))
    numbers = {"four": number(1, at={BOTTLENECK: 4, **RELU}), "two": number(2, at={BOTTLENECK: 2, **RELU})}
    assert order(grid, published(numbers).numbers.values()) == Order(same=1)


def test_pairs_with_a_number_that_is_not_measured_are_left_out(grid):
    numbers = {"four": number(1, at={BOTTLENECK: 4, **RELU}), "absent": number(2, at={BOTTLENECK: 64})}
    assert order(grid, published(numbers).numbers.values()) == Order()


def test_the_order_is_that_of_each_reading(tmp_path):
    folder = made_up_study.make(
        tmp_path, AXES, lambda levels: score(levels) if levels[ACTIVATION] == "relu" else 0.05 - score(levels) / 10
    )
    numbers = {"four": number(1, at={BOTTLENECK: 4}), "two": number(2, at={BOTTLENECK: 2})}
    paper = Paper("name", published(numbers, readings=ACTIVATION), "full", read(folder))
    assert (
        paper.order == "relu: 1 of 1 pair in the published order; elu: 0 of 1 pair in the published order, 1 reversed"
    )
    same = {"a": Order(same=1), "b": Order(same=1)}
    assert sentence(same) == "1 of 1 pair in the published order, under each reading of what the paper leaves open"
    assert sentence({"": Order(same=1)}) == "1 of 1 pair in the published order"
    assert sentence({"a": Order()}) == ""
