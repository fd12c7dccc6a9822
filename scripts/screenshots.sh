#!/usr/bin/env bash
# TensorBoard's pages in the README, made again: bash scripts/screenshots.sh
#
# Trains a study of twelve runs (a minute), serves it and has headless Chromium look at it. Needs chromium
# (apt-get install chromium). Writes docs/tensorboard_*.png, some 400 KB in all.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
environment test
command -v chromium >/dev/null || {
  echo "error: no chromium here: apt-get install chromium" >&2
  exit 2
}

study=outputs/screenshots
narrows train -m model.bottleneck=2,3,8 model.activation=relu,tanh seed=0,1 'model.widths=[128,64]' \
  data.train_size=4000 data.batch_size=32 trainer=cpu trainer.max_epochs=6 hydra.sweep.dir=$study
python - "$study" docs <<'END'
import shutil
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from narrows.board import links, server, shown

study, docs = map(Path, sys.argv[1:])
SOFTWARE = ["--no-sandbox", "--use-angle=swiftshader", "--use-gl=angle", "--enable-unsafe-swiftshader"]
SOFTWARE += ["--ignore-gpu-blocklist"]
NO_WEBGL2 = "--disable-webgl2"  # in which headless Chromium leaves TIME SERIES without lines, and PROJECTOR needs it


def shoot(page: Page, name: str, wait: int = 6) -> None:
    page.wait_for_timeout(1000 * wait)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(64)
    picture.save(docs / f"tensorboard_{name}.png", optimize=True)


with shown.linked([study]) as tree, sync_playwright() as playwright:
    address = server.start(tree)
    pages = links.links(study, address=address)
    for flags in ([*SOFTWARE, NO_WEBGL2], SOFTWARE):
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = chromium.new_page(viewport={"width": 1300, "height": 800})
        page.set_default_timeout(120_000)
        if NO_WEBGL2 in flags:
            page.goto(pages["losses over epochs"])
            page.get_by_role("button", name="Settings").click()
            shoot(page, "timeseries", wait=15)
            page.goto(pages["every run in a table"])
            page.get_by_text("PARALLEL COORDINATES VIEW").click()
            shoot(page, "hparams")
            page.set_viewport_size({"width": 1300, "height": 560})
            page.goto(pages["its losses in one chart"])
            page.locator("tf-image-loader img").first.wait_for()
            shoot(page, "losses")
            page.set_viewport_size({"width": 1300, "height": 1150})
            page.goto("about:blank")  # a page that is only given another fragment keeps its filter of tags
            page.goto(f"{address}/#images&regexInput=bottleneck-2_seed-0")
            page.locator("tf-image-loader img").first.wait_for()
            shoot(page, "images", wait=10)
        else:
            page.goto(f"{address}/#projector")
            page.frame_locator("iframe").frame_locator("iframe").get_by_text("Points: 1000").wait_for()
            shoot(page, "projector", wait=30)
        chromium.close()
END
echo "docs/tensorboard_*.png"
