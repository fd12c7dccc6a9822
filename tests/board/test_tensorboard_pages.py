"""TensorBoard's pages of the study of six runs in a browser."""

from narrows.board import links
from support.six_runs import RUNS, records


def test_hparams_shows_a_runs_final_error(page, address, folder):
    page.goto(f"{address}/#hparams")
    page.get_by_text("Trial ID").wait_for()
    for record in records(folder).values():
        page.locator(f"text='{record.metrics['test/mse']:#.5g}' >> visible=true").first.wait_for()


def test_time_series_shows_a_runs_final_error(page, address, folder):
    name, record = next(iter(records(folder).items()))
    page.goto(links.timeseries(address, runs=f"^{name}$", tags="test/mse"))
    page.get_by_text("Tags matching filter").wait_for()
    page.get_by_text(f"{record.metrics['test/mse']:.4g}"[:5]).first.wait_for()


def test_images_shows_pictures_of_every_run(page, address):
    page.goto(f"{address}/#images")
    page.locator("tf-image-loader img").nth(len(RUNS)).wait_for()
    page.wait_for_load_state("networkidle")
    widths = page.locator("tf-image-loader img").evaluate_all("images => images.map(image => image.naturalWidth)")
    assert len(widths) > len(RUNS)
    assert min(widths) > 100
    for name in RUNS:
        page.get_by_text(name).first.wait_for()


def test_the_projector_shows_every_point(page, address):
    page.goto(f"{address}/#projector")
    page.frame_locator("iframe").frame_locator("iframe").get_by_text("Points: 500").wait_for()
