"""The command that serves TensorBoard, its links, and the projector's pictures."""

import json
import signal
import subprocess
import sys
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from narrows.board import links, server
from narrows.board.projector import SPRITE, thumbnails
from support.configs import REPOSITORY
from support.six_runs import records


def test_links_name_the_best_run_and_open_where_the_server_is(folder, address):
    pages = links.links(folder, address)
    results = records(folder)
    best = min(results, key=lambda name: results[name].objective())
    assert pages["the best run by validation error"] == f"{address}/?runFilter=%5E{best}%24#timeseries"
    assert address.startswith("http://127.0.0.1:")


def test_the_script_serves_on_loopback_until_it_is_stopped(folder):
    command = [sys.executable, str(REPOSITORY / "scripts" / "board.py"), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline().split()[0]
        assert address.startswith("http://127.0.0.1:")
        with urlopen(f"{address}/data/runs") as answer:
            assert json.load(answer) is not None
        process.send_signal(signal.SIGINT)
        out, err = process.stdout.read(), process.stderr.read()  # `communicate` forgets what `readline` read ahead
    assert (process.returncode, err) == (0, "")
    assert f"{address}/#hparams" in out
    with pytest.raises(URLError):
        urlopen(f"{address}/data/runs")


def test_nothing_to_show_is_one_line(tmp_path):
    with pytest.raises(ValueError, match="nothing for TensorBoard"):
        server.start(tmp_path)
    with pytest.raises(ValueError, match="no such folder"):
        server.start(tmp_path / "nowhere")


@pytest.mark.parametrize("size", [4, 28, 300, 2000])
def test_a_sprite_fits_into_what_a_browser_takes(size):
    import torch

    small = thumbnails(torch.rand(40, 1, size, size // 2))
    assert max(small.shape[2:]) <= min(size, SPRITE // 7)
    assert small.shape[2] >= small.shape[3] >= 1
