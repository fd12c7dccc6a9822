"""The links in a browser, on a screen of 1366 × 768: what one looks for is visible without a click."""

import pytest

from narrows.board import links
from support import arms_study
from support.boards import serving

HEIGHT = 768


@pytest.fixture
def opened(page, arms, arms_address):
    def open_page(name: str):
        page.goto(links.links(arms, address=arms_address)[name])
        return page

    return open_page


def is_visible_at_once(locator) -> bool:
    box = locator.bounding_box()
    return box["y"] + box["height"] <= HEIGHT and box["x"] + box["width"] <= 1366


def runs_in_the_list(page) -> dict[str, str]:
    """The runs of TIME SERIES with the style of their colour."""
    rows = page.locator("runs-data-table tb-data-table-content-row")
    rows.first.wait_for()
    page.wait_for_timeout(1000)  # colours come after names
    styles = [row.locator(".run-color-swatch").get_attribute("style") for row in rows.all()]
    return {row.inner_text().strip(): style for row, style in zip(rows.all(), styles, strict=True)}


def test_losses_stand_above_everything_else_and_are_not_smoothed(opened):
    page = opened("losses over epochs")
    page.get_by_text("Pinned").wait_for()
    cards = page.locator("metrics-pinned-view scalar-card")
    cards.nth(1).wait_for()
    assert [card.locator(".tag").get_attribute("title") for card in cards.all()] == list(links.LOSSES)
    assert all(is_visible_at_once(card) for card in cards.all())
    assert page.locator("input[aria-labelledby=scalars-smoothing-label]").input_value() == "0"


def test_the_seeds_of_an_arm_have_one_colour_and_other_arms_another(opened):
    colours = runs_in_the_list(opened("losses over epochs"))
    assert colours.keys() == {*arms_study.RUNS, "summary"}
    of_arms = {arm: {colours[arms_study.name(arm, seed)] for seed in (0, 1)} for arm in arms_study.ARMS}
    assert all(len(styles) == 1 for styles in of_arms.values())
    assert len(set.union(*of_arms.values())) == len(arms_study.ARMS)


def test_hparams_shows_the_axes_and_then_what_the_study_asks_about(opened):
    page = opened("every run in a table")
    page.get_by_text("Trial ID").wait_for()
    headers = page.locator("tf-hparams-table-view .table-header")
    texts = [text.strip() for text in headers.all_inner_texts()]
    assert texts[2:7] == [*arms_study.AXES, "classification error", "error"]
    assert is_visible_at_once(headers.nth(5))


def test_the_reports_figures_are_visible_at_once(opened):
    page = opened("the report's figures")
    figures = page.locator("tf-image-loader img")
    figures.nth(2).wait_for()
    page.wait_for_load_state("networkidle")
    assert min(figures.evaluate_all("images => images.map(image => image.naturalWidth)")) > 100
    assert all(is_visible_at_once(figure) for figure in figures.all())


@pytest.fixture(scope="module")
def around(arms):
    """The links of TensorBoard of the folder around the study, whose name begins each run's."""
    with serving(arms.parent) as address:
        yield links.links(arms.parent, address=address)


def test_a_name_with_special_characters_is_found_and_shown_as_it_is(page, around):
    page.goto(around["the best run by validation error"])
    (name,) = runs_in_the_list(page)
    study_name, run = name.split("/")
    assert study_name == "a (study) [of+arms] 1.0"
    assert run in arms_study.RUNS


def test_training_and_validation_of_the_best_run_are_one_chart_in_two_colours(page, around):
    page.goto(around["its losses in one chart"])
    picture = page.locator("tf-image-loader img").first
    picture.wait_for()
    page.wait_for_load_state("networkidle")
    assert is_visible_at_once(picture)
    assert page.get_by_text("loss/training_and_validation").first.is_visible()


def test_the_reports_of_several_studies_are_found_by_one_link(page, both_address, folder, arms):
    page.goto(links.links(folder, arms, address=both_address)["the report's figures"])
    page.locator("tf-image-loader img").nth(3).wait_for()
    for study in (folder, arms):
        assert page.get_by_text(f"{study.name}/summary").first.is_visible()
