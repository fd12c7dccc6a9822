"""Every figure at every width: the size of its page and text, embedded fonts, and nothing cut off or overlapping."""

import re
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text

from narrows.errors import UserError
from narrows.report.figures.against import against
from narrows.report.figures.heatmap import heatmap
from narrows.report.figures.learning_curves import curves
from narrows.report.figures.lines import error
from narrows.report.figures.names import LEANING
from narrows.report.figures.reconstructions import rows_of_images
from narrows.report.figures.style import save, styled
from narrows.report.widths import WIDTHS, Width, width
from support.figure_studies import NAMES, SHAPES, grid_of

INCH = 72  # points


def drawn(grid, name: str) -> list[Figure]:
    with styled(WIDTHS[name]):
        return [figure for draw in (error, against, heatmap, curves) if (figure := draw(grid))]


@pytest.mark.parametrize("name", WIDTHS)
@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_is_cut_off_or_overlaps_and_text_has_its_printed_size(tmp_path, shape, name):
    for figure in drawn(grid_of(tmp_path, shape), name):
        figure.draw_without_rendering()
        assert figure.get_figwidth() == WIDTHS[name].inches
        assert {text.get_fontsize() for text in visible_texts(figure)} == {WIDTHS[name].points}
        assert_inside(figure)
        for axes in figure.axes:
            assert_apart(labels_in_view(axes.xaxis))
            assert_apart(labels_in_view(axes.yaxis))
            assert_legend_below(figure, axes, WIDTHS[name])


def visible_texts(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def assert_inside(figure: Figure) -> None:
    """Everything that is drawn lies within the page; in inches."""
    whole = figure.get_tightbbox()
    assert min(whole.x0, whole.y0) >= -0.01
    assert whole.x1 <= figure.get_figwidth() + 0.01 and whole.y1 <= figure.get_figheight() + 0.01


def labels_in_view(axis: Axis) -> list[Text]:
    low, high = sorted(axis.get_view_interval())
    ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [tick.label1 for tick in ticks if tick.label1.get_text() and tick.label1.get_visible()]


def assert_apart(labels: list[Text]) -> None:
    """Leaning labels overlap in their boxes, not in their text: their lines are as far apart as their angle says."""
    boxes = [label.get_window_extent() for label in labels if label.get_rotation() != LEANING]
    assert not any(a.overlaps(b) for a, b in pairwise(boxes)), [label.get_text() for label in labels]


def assert_legend_below(figure: Figure, axes: Axes, size: Width) -> None:
    """The legend leaves the axes their height, covers none of them, and its title is no line of the label of x."""
    box = axes.get_window_extent()
    labels = [axes.xaxis.label, *figure.texts] if len(figure.axes) > 1 or axes.get_xlabel() else []
    lowest = min((label.get_window_extent().y0 for label in labels if label.get_text()), default=box.y0)
    for legend in figure.legends:
        if legend.get_title().get_text():
            gap = lowest - legend.get_title().get_window_extent().y1
            assert gap >= 0.7 * size.points / INCH * figure.dpi
    assert box.height >= 0.25 * size.height * figure.dpi
    assert all(legend.get_window_extent().y1 <= box.y0 for legend in figure.legends)


@pytest.mark.parametrize("labels", [NAMES, ["bottleneck 2", "bottleneck 16"], ["a very long name of an arm " * 3]])
@pytest.mark.parametrize("name", WIDTHS)
def test_labels_of_rows_of_images_are_whole_and_apart_from_each_other_and_from_the_images(labels, name):
    images = np.zeros((10, 1, 28, 28), np.uint8)
    with styled(WIDTHS[name]):
        figure = rows_of_images(dict.fromkeys(["original", *labels], images))
        figure.draw_without_rendering()
    texts = visible_texts(figure)
    assert [" ".join(text.get_text().split()) for text in texts] == ["original", *(label.strip() for label in labels)]
    assert {text.get_fontsize() for text in texts} == {WIDTHS[name].points}
    assert_inside(figure)
    boxes = [text.get_window_extent() for text in texts]
    assert not any(a.overlaps(b) for a, b in pairwise(boxes))
    assert not any(box.overlaps(axes.get_window_extent()) for box in boxes for axes in figure.axes)


@pytest.mark.parametrize("name", WIDTHS)
def test_the_pdf_has_the_printed_width_and_its_fonts_are_embedded(tmp_path, name):
    grid = grid_of(tmp_path, "three factors")
    with styled(WIDTHS[name]):
        save(error(grid), tmp_path, "error")
    content = (tmp_path / "error.pdf").read_bytes()
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", content)
    assert box and float(box[1]) == pytest.approx(WIDTHS[name].inches * INCH)
    assert b"/FontFile2" in content and b"/Subtype /Type3" not in content and b"/Type3" not in content


def test_an_unknown_width_is_refused_with_the_choices():
    with pytest.raises(UserError, match=r"report\.width=wide: choose from column, page, slide"):
        width("wide")
